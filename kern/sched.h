#ifndef PAGEWALK_KERN_SCHED_H
#define PAGEWALK_KERN_SCHED_H

#include <inc/env.h>
#include <inc/trap.h>
#include <kern/status.h>	/* curenv */

/*
 * Run the next environment of the run queue. If there is none, wait until one
 * that sleeps wakes, or one that waits for the disk can go on; if there is none of
 * these either, enter the monitor.
 * => curenv, if there is one, is not running any more: it waits, has ended, or is
 *    in the queue.
 */
void	sched_next(void) NORETURN;

/*
 * The same, after putting the current environment, if it is still running, at
 * the end of the queue.
 */
void	sched_yield(void) NORETURN;

/* Like sched_yield, but first save tf as curenv's registers. */
void	sched_leave(const struct Trapframe *tf) NORETURN;

/*
 * The registers of curenv's system call, in the frame of the gate; NULL if the
 * call came by SYSENTER, because kern/sysenter.S has put them into
 * curenv->env_tf.
 */
extern struct Trapframe *syscall_frame;

/*
 * Save these registers in curenv->env_tf, for a call that lets another
 * environment run before it returns. Its result goes into reg_eax there.
 */
static ALWAYS_INLINE void
syscall_save(void)
{
	if (syscall_frame)
		curenv->env_tf = *syscall_frame;
}

/* Run e in user mode, now. */
void	env_run(struct Env *e) NORETURN;

/* End e. If it is curenv, another environment runs: this does not return. */
void	env_destroy(struct Env *e);

/*
 * After a kernel fault: make curenv not runnable, because its registers are
 * lost, clear curenv, and leave its address space for the kernel's. Returns the
 * environment, or NULL.
 */
struct Env *sched_abandon(void);

#endif
