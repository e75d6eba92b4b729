/* Two environments send a number to and fro, each adding 1 to it. */

#include <inc/lib.h>

#define LAST	10

void
umain(int argc, char **argv)
{
	envid_t other = fork();
	uint32_t i = 0;

	if (other < 0)
		panic("fork: %e", other);
	if (other) {
		cprintf("send 0 from %x to %x\n", thisenv->env_id, other);
		ipc_send(other, 0, NULL, 0);
	}
	while (i < LAST) {
		i = ipc_recv(&other, NULL, NULL);
		cprintf("%x got %d from %x\n", thisenv->env_id, i, other);
		if (i++ < LAST)
			ipc_send(other, i, NULL, 0);
	}
}
