#ifndef PAGEWALK_KERN_TRAP_H
#define PAGEWALK_KERN_TRAP_H

#include <inc/memlayout.h>
#include <inc/trap.h>

/* The double-fault task's selector, after those of inc/memlayout.h. */
#define GD_TSS_DF	0x30

/*
 * Load our own segments, the task state segments and the interrupt table, so
 * that from here on every fault ends in words. Needs no memory management.
 */
void	trap_init(void);

/* Where the stack begins for traps that come from user mode. */
void	trap_set_stack(uintptr_t esp0);

/* Called by trapentry.S with the frame it made. */
void	trap(struct Trapframe *tf);

/* Interrupt, user's trap, breakpoint or the kernel's own fault: to whom it goes. */
void	trap_dispatch(struct Trapframe *tf);

/* Did it interrupt a user? */
bool	from_user(const struct Trapframe *tf);

/*
 * kern/usertrap.c: a trap of curenv's; the end of its turn. Return if it can go
 * on as it is.
 */
void	user_trap(struct Trapframe *tf);
void	user_preempt(struct Trapframe *tf) NORETURN;

/* A user's page fault: the explained walk, and the end of curenv. */
void	page_fault_handler(struct Trapframe *tf);

/* Have curenv, whose registers tf is, stop after its next instruction. */
void	user_step(struct Trapframe *tf);

/*
 * The kernel has failed. If it did so in the middle of something for curenv,
 * its registers are lost: nobody is current any more, and it waits for ever.
 */
void	user_abandon(void);

/* "Page Fault" and so on. */
const char *trapname(int trapno);

/* All registers of tf, in the format of INTERFACE's "TRAP frame" lines. */
void	print_trapframe(struct Trapframe *tf);
void	print_regs(struct PushRegs *regs);

#endif
