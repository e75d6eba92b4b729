#ifndef PAGEWALK_KERN_USERTRAP_H
#define PAGEWALK_KERN_USERTRAP_H

#include <inc/trap.h>

/*
 * Handle a trap from user mode. Returns only if curenv can continue with
 * unchanged registers.
 */
void	user_trap(struct Trapframe *tf);

/* A page fault of curenv: explain the walk, and end the environment. */
void	page_fault_handler(struct Trapframe *tf);

/* Make curenv, whose registers tf is, trap after its next instruction. */
void	user_step(struct Trapframe *tf);

#endif
