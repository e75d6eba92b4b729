/*
 * Three producers send numbers to one consumer, which is slower. They wait until
 * it takes their message, and it takes them in the order in which they came.
 */

#include <inc/lib.h>

#define PRODUCERS	3
#define ITEMS		4

static void
produce(int number)
{
	int item;

	for (item = 1; item <= ITEMS; item++)
		ipc_send(thisenv->env_parent_id, number * 10 + item, NULL, 0);
}

void
umain(int argc, char **argv)
{
	envid_t id, from;
	int i, item;

	for (i = 1; i <= PRODUCERS; i++) {
		if ((id = fork()) < 0)
			panic("fork: %e", id);
		if (id == 0) {
			produce(i);
			return;
		}
	}
	for (i = 0; i < PRODUCERS * ITEMS; i++) {
		sys_sleep(10);		/* the others have time to wait */
		item = ipc_recv(&from, NULL, NULL);
		cprintf("item %d from producer %d\n", item % 10, item / 10);
	}
}
