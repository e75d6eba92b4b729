/*
 * Gives the processor away, again and again; alone it gets it straight back. Its
 * own count and the kernel's must agree, as far as timers let them.
 */

#include <inc/lib.h>

#define TIMES	1000

void
umain(int argc, char **argv)
{
	uint32_t first = thisenv->env_runs, runs;
	int i;

	for (i = 0; i < TIMES; i++)
		sys_yield();
	runs = thisenv->env_runs - first;
	if (runs < TIMES)
		panic("%d yields, but only %u turns", TIMES, runs);
	cprintf("[%08x] is back from %d yields\n", thisenv->env_id, TIMES);
}
