#ifndef PAGEWALK_KERN_SYSCALL_H
#define PAGEWALK_KERN_SYSCALL_H

#include <inc/trap.h>

/*
 * Carry out the system call that tf asks for, on behalf of curenv, and put its
 * result there. tf is on the kernel's stack. Does not return if another
 * environment is to run. Called by trapentry.S.
 */
void	syscall(struct Trapframe *tf);

/* Have sysenter lead to the kernel, where the processor has it. */
void	syscall_init(void);

/* kern/trapentry.S */
extern char trap_syscall[], sysenter_entry[], sysenter_stepped[];
int32_t	sysenter_with_frame(void);

/* What it calls, by number. */
extern const void *const syscall_fast_table[];

#endif
