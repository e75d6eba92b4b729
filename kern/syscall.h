#ifndef PAGEWALK_KERN_SYSCALL_H
#define PAGEWALK_KERN_SYSCALL_H

#include <inc/env.h>
#include <inc/trap.h>

/*
 * Carry out the system call that tf asks for, on behalf of curenv, and put its
 * result there. tf is on the kernel's stack. Does not return if another
 * environment is to run. Called by trapentry.S.
 */
void	syscall(struct Trapframe *tf);

/* The calls that sysenter.S makes itself. */
int32_t	sys_getenvid(void);
int32_t	sys_env_destroy(uint32_t id);
int32_t	sys_none(void);

#endif
