/*
 * Yields many times; alone, it runs again at once. The kernel must count at
 * least as many time slices as it yielded.
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
		panic("%d yields, but only %u time slices", TIMES, runs);
	cprintf("[%08x] is back from %d yields\n", thisenv->env_id, TIMES);
}
