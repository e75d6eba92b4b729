/*
 * kern/framerun.c, with the frames' memory allowed for use: page_alloc, which
 * machine.c watches, has not returned them.
 */

#define framerun_alloc	kernel_framerun_alloc
#include "kern/framerun.c"
#undef framerun_alloc

#include "test/host/fuzz/host.h"

void	*framerun_alloc(size_t size);

void *
framerun_alloc(size_t size)
{
	void *start = kernel_framerun_alloc(size);

	if (start)
		allow(start, size);
	return start;
}
