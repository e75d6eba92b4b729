#ifndef PAGEWALK_KERN_USERTRAP_H
#define PAGEWALK_KERN_USERTRAP_H

#include <inc/trap.h>

/*
 * Handle a trap from user mode. Returns only if curenv can continue with
 * unchanged registers.
 */
void	user_trap(struct Trapframe *tf);

/* Handle a page fault of curenv: explain the walk, end the environment. */
void	page_fault_handler(struct Trapframe *tf);

/* Make curenv, whose registers are in tf, trap after its next instruction. */
void	user_step(struct Trapframe *tf);

#endif
