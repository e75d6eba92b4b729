/*
 * Never yields, and never asks the kernel for anything while it counts how often
 * it was given the processor: only a timer can have taken it away.
 */

#include <inc/lib.h>

#define TURNS	20

void
umain(int argc, char **argv)
{
	uint32_t first = thisenv->env_runs;
	uint32_t rounds = 0;

	cprintf("[%08x] spinning\n", thisenv->env_id);
	while (thisenv->env_runs - first < TURNS)
		rounds++;
	cprintf("[%08x] spun %u rounds in %d turns\n", thisenv->env_id, rounds,
		TURNS);
}
