/* kern/turn.c, compiled so that each sequence can reset its variables. */

#include "kern/turn.c"

#include "test/host/model/paging.h"

void
kernel_turn_reset(void)
{
	turn = (struct turn) { .id = 0 };
	of = (typeof(of)) { .waited = false };
}
