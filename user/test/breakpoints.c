/*
 * Stops in the monitor three times, in the middle of a line, and yields after
 * each: you can see how the environments beside it progress.
 */

#include <inc/lib.h>
#include <inc/x86.h>

void
umain(int argc, char **argv)
{
	int i;

	for (i = 1; i <= 3; i++) {
		cprintf("[%08x] pause %d", thisenv->env_id, i);
		breakpoint();
		sys_yield();
	}
	cprintf("[%08x] no more pauses", thisenv->env_id);
}
