#ifndef PAGEWALK_KERN_BENCH_BENCH_SWAP_H
#define PAGEWALK_KERN_BENCH_BENCH_SWAP_H

#include <inc/types.h>

/* Prepare for a run of benchswap, with or without DMA. => swap_on. */
void	bench_swap_begin(bool dma);

/* benchswap has reached a breakpoint. */
void	bench_swap_mark(void);

/* Report the figures of a run. */
typedef void bench_swap_fn(const char *name, uint32_t total, uint32_t times);
void	bench_swap_results(bench_swap_fn *result, bool dma);

#endif
