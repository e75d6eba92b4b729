/* Calls itself until the stack reaches the unmapped page below it. */

#include <inc/lib.h>

static volatile int limit = 1 << 20;

static NOINLINE int
deeper(int depth)
{
	volatile char room[200];

	room[0] = depth;
	if (depth < limit)
		return deeper(depth + 1) + room[0];
	return depth;
}

void
umain(int argc, char **argv)
{
	cprintf("%d calls deep, and still stack!\n", deeper(0));
}
