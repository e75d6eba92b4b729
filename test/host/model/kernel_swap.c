/*
 * kern/swap.c, compiled so that each sequence can reset its variables, and that
 * paging.c judges whether memory is really used up.
 */

#define swap_no_memory	kernel_swap_no_memory
#include "kern/swap.c"
#undef swap_no_memory

#include "test/host/model/paging.h"

int32_t	swap_no_memory(void);

int32_t
swap_no_memory(void)
{
	int32_t error = kernel_swap_no_memory();

	paging_no_memory("a call without memory");
	return error;
}

bool
kernel_swap_pinned(ppn_t n)
{
	return is_pinned(n);
}

bool
kernel_swap_lists(void)
{
	return listing;
}

void
kernel_swap_reset(void)
{
	swap_on = demand_loading = slots_used_up = listing = false;
	until_refill = 0;
	memset(&second, 0, sizeof(second));
	swap_credit = INT32_MAX;
	swap_limit = low = high = nheld = 0;
	memset(&swap_counts, 0, sizeof(swap_counts));
	memset(&turn, 0, sizeof(turn));
}
