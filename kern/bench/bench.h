#ifndef PAGEWALK_KERN_BENCH_H
#define PAGEWALK_KERN_BENCH_H

/*
 * Counting instructions. In a bench build, under
 * QEMU's -icount shift=0, the time-stamp counter counts instructions.
 * Elsewhere these are nothing at all.
 */

#include <inc/types.h>

#if BENCH
#include <inc/x86.h>

/* Instructions that two readings of the counter add between them. */
#define BENCH_OVERHEAD	(bench_overhead())

uint32_t bench_overhead(void);
void	bench_result(const char *name, uint32_t total, uint32_t times);

/* Run statement once and note what it cost. */
#define BENCH_MEASURE(name, statement) do {				\
	uint64_t bench_start_ = read_tsc();				\
	statement;							\
	bench_once(#name, bench_start_, read_tsc());			\
} while (0)
void	bench_once(const char *name, uint64_t start, uint64_t stop);

#else
#define BENCH_MEASURE(name, statement) statement
#endif

/* Run all benchmarks, print their lines, end the machine. */
void	bench_run(void);

#endif
