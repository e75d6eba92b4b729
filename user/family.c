/*
 * Creates a family, and stops at a breakpoint, so that you can look at it from
 * the monitor: `envs`, `walk 0xa00000`, `page`. Each child waits for something
 * else. Page 0xa00000 is shared by all, 0xa01000 is copied when written, and one
 * child has written to it. `continue` ends the family.
 */

#include <inc/lib.h>
#include <inc/x86.h>

#define SHARED		((char *)0xA00000)
#define COPIED		((char *)0xA01000)
#define RIGHTS		(PTE_P | PTE_U | PTE_W)

static envid_t parent, receiver;

static void
receive(void)
{
	ipc_recv(NULL, NULL, NULL);
}

static void
send_to_parent(void)
{
	sys_ipc_send(parent, 1, (void *)UTOP, 0);
}

static void
sleep_a_minute(void)
{
	sys_sleep(60000);
}

static void
wait_for_the_receiver(void)
{
	wait(receiver);
}

static void
write_and_receive(void)
{
	COPIED[0] = 'c';
	receive();
}

/* Create a child that does job, and wait until it waits, too. */
static envid_t
create(void (*job)(void))
{
	envid_t child = fork();

	if (child < 0)
		panic("fork: %e", child);
	if (child == 0) {
		job();
		exit();
	}
	while (envs[ENVX(child)].env_status != ENV_NOT_RUNNABLE)
		sys_yield();
	return child;
}

void
umain(int argc, char **argv)
{
	envid_t children[6];
	int i, n = 0;

	if (sys_page_alloc(0, SHARED, RIGHTS | PTE_SHARE) < 0
	    || sys_page_alloc(0, COPIED, RIGHTS) < 0)
		panic("out of memory");
	parent = thisenv->env_id;
	children[n++] = receiver = create(receive);
	children[n++] = create(send_to_parent);
	children[n++] = create(sleep_a_minute);
	children[n++] = create(wait_for_the_receiver);
	children[n++] = create(write_and_receive);
	children[n++] = sys_exofork();
	breakpoint();
	/* The receiver last: another child waits for its end. */
	for (i = n - 1; i >= 0; i--)
		sys_env_destroy(children[i]);
}
