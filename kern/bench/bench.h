#ifndef PAGEWALK_KERN_BENCH_H
#define PAGEWALK_KERN_BENCH_H

/*
 * Count instructions: in a bench build under QEMU's -icount shift=0, the
 * time-stamp counter counts them.
 */

/*
 * Set the benchmark's hooks (kern/hooks.h): they time the steps of mem_init; at
 * the prompt, they run all benchmarks, print the figures and stop the machine.
 */
void	bench_init(void);

#endif
