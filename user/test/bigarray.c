/* Has an array on its stack that is far larger than the stack. */

#include <inc/lib.h>

static NOINLINE int
fill(int n)
{
	volatile char array[300 * KIB];

	array[n] = 1;
	return array[n];
}

void
umain(int argc, char **argv)
{
	cprintf("There was room for %d array!\n", fill(100 * KIB));
}
