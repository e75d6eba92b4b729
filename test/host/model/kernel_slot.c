/* kern/slot.c, compiled so that each sequence can reset its variables. */

#include "kern/slot.c"

#include "test/host/model/paging.h"

void
kernel_slot_reset(void)
{
	slots_total = slots_free = slots_bad = first_free = 0;
}
