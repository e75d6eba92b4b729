/* Five children sleep for different times. The shortest sleep ends first. */

#include <inc/lib.h>

#define SLEEPERS	5

void
umain(int argc, char **argv)
{
	static const unsigned naps[SLEEPERS] = { 250, 50, 200, 100, 150 };
	envid_t ids[SLEEPERS];
	unsigned start;
	int i;

	for (i = 0; i < SLEEPERS; i++) {
		if ((ids[i] = fork()) < 0)
			panic("fork: %e", ids[i]);
		if (ids[i])
			continue;
		start = sys_time_msec();
		sys_sleep(naps[i]);
		cprintf("sleeper %d wanted %u ms, slept %u\n", i, naps[i],
			sys_time_msec() - start);
		return;
	}
	for (i = 0; i < SLEEPERS; i++)
		wait(ids[i]);
	cprintf("all are awake\n");
}
