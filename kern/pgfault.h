#ifndef PAGEWALK_KERN_PGFAULT_H
#define PAGEWALK_KERN_PGFAULT_H

#include <inc/trap.h>

/*
 * Let curenv handle its page fault: push a struct UTrapframe onto its exception
 * stack, and change tf so that it continues there, at env_pgfault_upcall. If the
 * frame cannot be pushed, print why and end curenv.
 *
 * hidden has the flags that are not the program's own: FL_TF for a single step
 * in the monitor. They stay set, but the frame does not show them.
 * => curenv has an upcall.
 */
void	pgfault_upcall(struct Trapframe *tf, uint32_t hidden);

#endif
