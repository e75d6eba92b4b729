#ifndef PAGEWALK_KERN_TRAPFRAME_H
#define PAGEWALK_KERN_TRAPFRAME_H

#include <inc/trap.h>

/* Return a trap's name: "Page Fault" and so on. */
const char *trapname(int trapno);

/* Print all registers of tf, in the format of a "TRAP frame" report. */
void	print_trapframe(struct Trapframe *tf);
void	print_regs(struct PushRegs *regs);

/* True if the trap interrupted a user. */
static inline bool
from_user(const struct Trapframe *tf)
{
	return (tf->tf_cs & 3) == 3;
}

/* The stack pointer at the trap: tf has it only if the trap changed rings. */
static inline uintptr_t
trap_esp(const struct Trapframe *tf)
{
	return from_user(tf) ? tf->tf_esp : (uintptr_t)&tf->tf_esp;
}

#endif
