/*
 * Overflows its stack after a fork. The fault passes fork's handler; the kernel
 * must report the program's registers, not those of the handler's return, which
 * has no stack to return on.
 */

#include <inc/lib.h>

static int
sink(int depth)
{
	volatile char space[256];

	space[0] = depth;
	return sink(depth + 1) + space[0];
}

void
umain(int argc, char **argv)
{
	envid_t child = fork();

	if (child == 0)
		cprintf("%d\n", sink(0));
	wait(child);
}
