#ifndef PAGEWALK_KERN_PGFAULT_H
#define PAGEWALK_KERN_PGFAULT_H

#include <inc/trap.h>

/*
 * Let curenv handle its page fault: push a struct UTrapframe onto its exception
 * stack, and change tf so that it continues there, at env_pgfault_upcall. If the
 * frame cannot be pushed, print why and end curenv.
 *
 * With hidden_tf, TF is not the program's own (a single step in the monitor): it
 * stays set, but the frame does not show it.
 * => curenv has an upcall.
 */
void	pgfault_upcall(struct Trapframe *tf, bool hidden_tf);

#endif
