#ifndef PAGEWALK_KERN_TRAP_H
#define PAGEWALK_KERN_TRAP_H

#include <kern/trapframe.h>

/* Handle the trap whose frame trapentry.S has built. */
void	trap(struct Trapframe *tf);

/* Pass a trap to its handler. */
void	trap_dispatch(struct Trapframe *tf);

#endif
