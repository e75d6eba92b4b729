/*
 * Twenty children yield and count, each in its own memory. Prints the processor
 * on which each of them ended. A count that is wrong shows that two processors
 * ran one environment at once.
 */

#include <inc/lib.h>

#define CHILDREN	20
#define ROUNDS		10
#define STEPS		10000

static volatile int counter;

static void
count(void)
{
	int round, step;

	for (round = 0; round < ROUNDS; round++) {
		sys_yield();
		for (step = 0; step < STEPS; step++)
			counter++;
	}
	if (counter != ROUNDS * STEPS)
		panic("ran on two CPUs at once (counter is %d)", counter);
	cprintf("[%08x] stresssched on CPU %d\n", thisenv->env_id,
		thisenv->env_cpunum);
}

void
umain(int argc, char **argv)
{
	envid_t parent = thisenv->env_id, child = 0;
	const volatile struct Env *e = &envs[ENVX(parent)];
	int i;

	for (i = 0; i < CHILDREN; i++)
		if ((child = fork()) == 0)
			break;
	if (child < 0)
		panic("fork: %e", child);
	if (i == CHILDREN) {
		sys_yield();
		return;
	}
	/* All start together, when the parent has ended. */
	while (e->env_id == parent && e->env_status != ENV_FREE)
		__asm__ volatile("pause");
	count();
}
