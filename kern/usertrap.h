#ifndef PAGEWALK_KERN_USERTRAP_H
#define PAGEWALK_KERN_USERTRAP_H

#include <inc/trap.h>

/*
 * Handle a trap from user mode. Returns only if curenv can continue with
 * unchanged registers.
 */
void	user_trap(struct Trapframe *tf);

/* End the time slice of curenv, whose registers tf is. */
void	user_preempt(struct Trapframe *tf) NORETURN;

/* A page fault of curenv: explain the walk, and end the environment. */
void	page_fault_handler(struct Trapframe *tf);

/* Make curenv, whose registers tf is, trap after its next instruction. */
void	user_step(struct Trapframe *tf);

/*
 * After a kernel fault: make curenv not runnable, because its registers are
 * lost, and clear curenv.
 */
void	user_abandon(void);

#endif
