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

/* "Page Fault" and so on. */
const char *trapname(int trapno);

/* All registers of tf, in the format of INTERFACE's "TRAP frame" lines. */
void	print_trapframe(struct Trapframe *tf);
void	print_regs(struct PushRegs *regs);

#endif
