/* kern/reserve.c, compiled so that each sequence can reset its variables. */

#include "kern/reserve.c"

#include "test/host/model/paging.h"

void
kernel_reserve_reset(void)
{
	swap_credit = INT32_MAX;
	reserve_low = reserve_high = 0;
	until_refill = 0;
	used_up = false;
}
