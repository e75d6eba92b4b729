#ifndef PAGEWALK_KERN_SYSCALL_H
#define PAGEWALK_KERN_SYSCALL_H

#include <inc/env.h>
#include <inc/trap.h>

/*
 * Execute curenv's system call, and store its result in tf: called by
 * trapentry.S. Does not return if another environment is to run.
 * => tf is on the kernel's stack.
 */
void	syscall(struct Trapframe *tf);

/* Prepare for calls that are repeated (kern/repeat.h). */
void	syscall_repeat_init(void);

#endif
