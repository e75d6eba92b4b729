/*
 * Never yields and makes no system call, and counts how often it was chosen to
 * run: only a timer can have interrupted it.
 */

#include <inc/lib.h>

#define SLICES	20

void
umain(int argc, char **argv)
{
	uint32_t first = thisenv->env_runs;
	uint32_t rounds = 0;

	cprintf("[%08x] spinning\n", thisenv->env_id);
	while (thisenv->env_runs - first < SLICES)
		rounds++;
	cprintf("[%08x] spun %u rounds in %d time slices\n", thisenv->env_id,
		rounds, SLICES);
}
