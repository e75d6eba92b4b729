/* kern/evict.c, compiled so that each sequence can reset its variables. */

#include "kern/evict.c"

#include "test/host/model/paging.h"

void
kernel_evict_reset(void)
{
	slots_used_up = false;
}
