#ifndef PAGEWALK_KERN_REPEAT_H
#define PAGEWALK_KERN_REPEAT_H

#include <inc/types.h>

/*
 * Save the registers of curenv's system call in curenv->env_tf, whichever call it
 * is, and by whichever entry it came: more than syscall_save needs (kern/sched.h).
 */
void	syscall_save_all(void);

/*
 * Let another environment run. When curenv runs next, it makes its call again.
 * => syscall_save_all has saved its registers; curenv waits, or is in the run
 *    queue.
 */
void	syscall_repeat(void) NORETURN;

/* Make curenv's call again: set by syscall_repeat_init (kern/syscall.h). */
extern void (*repeat_call)(void);

/* The number of a call by SYSENTER that may be repeated. */
extern uint32_t syscall_number;

#endif
