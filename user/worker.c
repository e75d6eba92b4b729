/*
 * Works in small steps, and yields after each. It stops in the monitor first,
 * where others can be started to work beside it: `run spin`, say.
 */

#include <inc/lib.h>
#include <inc/x86.h>

#define STEPS	5

void
umain(int argc, char **argv)
{
	int step;

	cprintf("[%08x] waiting: 'run' another, or 'continue'\n",
		thisenv->env_id);
	breakpoint();
	for (step = 1; step <= STEPS; step++) {
		cprintf("[%08x] step %d of %d\n", thisenv->env_id, step, STEPS);
		sys_yield();
	}
	cprintf("[%08x] the work is done\n", thisenv->env_id);
}
