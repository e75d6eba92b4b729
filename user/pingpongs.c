/*
 * As pingpong, between environments that share their memory: the number is in a
 * variable, and a message only says whose turn it is. thisenv differs.
 */

#include <inc/lib.h>

#define LAST	10

static volatile uint32_t number;

static void
introduce(void)
{
	cprintf("i am %08x; thisenv is %p\n", sys_getenvid(), thisenv);
}

void
umain(int argc, char **argv)
{
	envid_t other;
	uint32_t turn = 0;

	introduce();
	if ((other = sfork()) < 0)
		panic("sfork: %e", other);
	if (other) {
		introduce();
		cprintf("send 0 from %x to %x\n", thisenv->env_id, other);
		ipc_send(other, 0, NULL, 0);
	}
	while (turn < LAST) {
		ipc_recv(&other, NULL, NULL);
		cprintf("%x got %d from %x (thisenv is %p %x)\n",
			sys_getenvid(), number, other, thisenv,
			thisenv->env_id);
		/* The other may add to number as soon as it has the message. */
		turn = number++;
		if (turn++ < LAST)
			ipc_send(other, 0, NULL, 0);
	}
}
