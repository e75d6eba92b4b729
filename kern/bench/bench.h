#ifndef PAGEWALK_KERN_BENCH_H
#define PAGEWALK_KERN_BENCH_H

/*
 * Counting instructions. In a bench build, under QEMU's -icount shift=0, the
 * time-stamp counter counts instructions.
 */

/*
 * Open the doors of kern/hooks.h: time the steps of mem_init, and at the prompt
 * run all benchmarks, print their lines, end the machine.
 */
void	bench_init(void);

#endif
