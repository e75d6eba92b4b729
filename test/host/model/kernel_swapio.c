/* kern/swapio.c, compiled so that each sequence can reset its variables. */

#include "kern/swapio.c"

#include "paging.h"

void
kernel_swapio_reset(void)
{
	swapio_reads = swapio_writes = 0;
	active = unused = NULL;
	reads.first = writes.first = NULL;
}
