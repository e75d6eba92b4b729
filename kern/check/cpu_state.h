#ifndef PAGEWALK_KERN_CHECK_CPU_STATE_H
#define PAGEWALK_KERN_CHECK_CPU_STATE_H

#include <inc/types.h>

/* Around a check: the processor's registers that it has to leave alone. */
void	check_cpu_save(void);

/* In the guard, when the check has returned: its EFLAGS. */
void	check_cpu_note_flags(void);

/*
 * Put back what differs from check_cpu_save. Returns whether anything does, or
 * did at check_cpu_note_flags, and says in buf what.
 */
bool	check_cpu_restore(char *buf, size_t size);

#endif
