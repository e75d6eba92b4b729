#ifndef PAGEWALK_KERN_SYS_CONSOLE_H
#define PAGEWALK_KERN_SYS_CONSOLE_H

/* The system calls that use the console. */

/* The bytes that sys_cputs prints before other environments run. */
#define CPUTS_PIECE	128

#ifndef __ASSEMBLER__
#include <inc/types.h>

/*
 * Print len bytes of user memory at s. Destroys curenv if they are not all
 * readable. Returns 0; for a text of more than one piece, returns to the
 * environment later.
 */
int32_t	sys_cputs(const char *s, uint32_t len);

/* Return the next character from the console, or 0; do not wait. */
int32_t	sys_cgetc(void);

/*
 * Called when curenv yields and no other environment is runnable. If it only
 * polls for a key, halt until the next interrupt.
 */
void	sys_console_yielding(void);

#endif
#endif
