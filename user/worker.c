/*
 * Works in small steps, and yields after each. Stops in the monitor first, so
 * that you can start others beside it, such as `run busy`.
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
