/*
 * kern/swap.c, compiled so that paging.c judges whether memory is really used
 * up.
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
