#ifndef PAGEWALK_KERN_BENCH_H
#define PAGEWALK_KERN_BENCH_H

/*
 * Count instructions: in a bench build under QEMU's -icount shift=0, the
 * time-stamp counter counts them.
 */

/*
 * Open the doors of kern/hooks.h: time the steps of mem_init; at the prompt run
 * all benchmarks, print the figures and stop the machine.
 */
void	bench_init(void);

#endif
