#ifndef PAGEWALK_KERN_SYSCALL_H
#define PAGEWALK_KERN_SYSCALL_H

/* How many bytes sys_cputs prints before others have their turns. */
#define CPUTS_PIECE	128

#ifndef __ASSEMBLER__

#include <inc/env.h>
#include <inc/trap.h>

/*
 * Carry out the system call that tf asks for, on behalf of curenv, and put its
 * result there. tf is on the kernel's stack. Does not return if another
 * environment is to run. Called by trapentry.S.
 */
void	syscall(struct Trapframe *tf);

/*
 * What a call of e's has left undone when others were to have their turns is
 * done now, on a new stack, before e goes on; returns if there is nothing.
 * => e is curenv.
 */
void	syscall_finish(struct Env *e);

/* How many environments have something left undone. */
extern uint32_t syscalls_unfinished;

/* e ends: what its calls have left undone is not to be done. */
void	syscall_forget(struct Env *e);

/* The calls that sysenter.S makes itself. */
int32_t	sys_cputs(const char *s, uint32_t len);
int32_t	sys_cgetc(void);
int32_t	sys_getenvid(void);
int32_t	sys_env_destroy(uint32_t id);
int32_t	sys_none(void);

#endif
#endif
