/*
 * kern/swapio.c, compiled so that each sequence can reset its variables, and
 * that paging.c sees page-outs.
 */

#define swapio_start	kernel_swapio_start
#include "kern/swapio.c"
#undef swapio_start

#include "test/host/model/paging.h"

void
kernel_swapio_reset(void)
{
	swapio_reads = swapio_writes = 0;
	active = unused = NULL;
	reads.first = writes.first = NULL;
}

void	swapio_start(bool write, uint32_t slot, ppn_t frame);

void
swapio_start(bool write, uint32_t slot, ppn_t frame)
{
	if (write)
		paging_page_out(slot, frame);
	kernel_swapio_start(write, slot, frame);
}
