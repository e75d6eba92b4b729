/*
 * Verifies time, and how environments wait for each other and stop each other.
 */

#include <inc/lib.h>
#include <inc/x86.h>
#include "verify.h"

#define SLEEPERS	4
#define STEP		50	/* milliseconds */

/* On the page that is shared: who woke up in which order. */
struct shared {
	struct verify_tally tally;
	volatile uint32_t woken;
	volatile envid_t order[SLEEPERS];
	volatile uint32_t counter;
};
#define SHARED		((struct shared *)VERIFY_TALLY)

static void
await_status(envid_t id, unsigned status)
{
	while (envs[ENVX(id)].env_status != status)
		sys_yield();
}

/* --- Time --------------------------------------------------------------- */

static void
time_passes(void)
{
	unsigned before = sys_time_msec(), after;

	NEED(sys_sleep(100));
	after = sys_time_msec();
	VERIFY(after - before >= 100 && after - before < 10000,
	       "100 ms of sleep");
	before = after;
	NEED(sys_sleep(0));
	VERIFY(sys_time_msec() - before < 10000, "0 ms of sleep end");
}

static volatile unsigned nap;

static void
sleep_and_report(void)
{
	NEED(sys_sleep(nap));
	SHARED->order[SHARED->woken++] = thisenv->env_id;
}

/* The last one to be created wakes first. */
static void
in_order(void)
{
	envid_t sleepers[SLEEPERS];
	int i;

	for (i = 0; i < SLEEPERS; i++) {
		nap = (SLEEPERS - i) * STEP + 100;
		sleepers[i] = verify_child(fork, sleep_and_report);
	}
	for (i = 0; i < SLEEPERS; i++)
		wait(sleepers[i]);
	for (i = 0; i < SLEEPERS; i++)
		VERIFY_QUIET(SHARED->order[i] == sleepers[SLEEPERS - 1 - i],
			     "sleeper %d wakes in turn", i);
	VERIFY(SHARED->woken == SLEEPERS,
	       "%d sleepers wake in the order of their times", SLEEPERS);
}

static void
sleep_long(void)
{
	VERIFY(sys_sleep(-1U) == -E_UNSPECIFIED,
	       "a sleep can be ended by the parent");
}

static void
woken_early(void)
{
	envid_t child = verify_child(fork, sleep_long);

	await_status(child, ENV_NOT_RUNNABLE);
	NEED(sys_env_set_status(child, ENV_RUNNABLE));
	wait(child);
	child = verify_child(fork, sleep_long);
	await_status(child, ENV_NOT_RUNNABLE);
	NEED(sys_env_destroy(child));
	VERIFY(sys_env_wait(child) == 0, "a sleeper can be destroyed");
}

/* --- Ends --------------------------------------------------------------- */

static void
do_nothing(void)
{
}

static volatile envid_t brother;

static void
wait_for_brother(void)
{
	VERIFY(sys_env_wait(brother) == 0
	       && (envs[ENVX(brother)].env_id != brother
		   || envs[ENVX(brother)].env_status == ENV_FREE),
	       "a brother's end ends the wait");
}

static void
await_message(void)
{
	ipc_recv(NULL, NULL, NULL);
}

static void
waits_for_ends(void)
{
	envid_t first, second;

	VERIFY(sys_env_wait(0) == -E_INVAL
	       && sys_env_wait(thisenv->env_id) == -E_INVAL,
	       "waiting for oneself is refused");
	first = verify_child(fork, do_nothing);
	wait(first);
	VERIFY(sys_env_wait(first) == 0, "an end in the past is no wait");
	brother = verify_child(fork, await_message);
	first = verify_child(fork, wait_for_brother);
	second = verify_child(fork, wait_for_brother);
	await_status(first, ENV_NOT_RUNNABLE);
	await_status(second, ENV_NOT_RUNNABLE);
	ipc_send(brother, 0, NULL, 0);
	wait(first);
	wait(second);
	/* One that waits ends first. */
	brother = verify_child(fork, await_message);
	first = verify_child(fork, wait_for_brother);
	await_status(first, ENV_NOT_RUNNABLE);
	NEED(sys_env_destroy(first));
	ipc_send(brother, 0, NULL, 0);
	wait(brother);
	VERIFY(true, "one that waited and ended is forgotten");
}

/* --- Status ------------------------------------------------------------- */

static void
count(void)
{
	for (;;) {
		SHARED->counter++;
		sys_yield();
	}
}

static void
stop_itself(void)
{
	VERIFY(sys_env_set_status(0, ENV_NOT_RUNNABLE) == 0,
	       "it goes on where it stopped");
}

static void
stop_and_go(void)
{
	static const unsigned wrong[] = { ENV_FREE, ENV_DYING, ENV_RUNNING,
					  ENV_NOT_RUNNABLE + 1, -1U };
	envid_t child = verify_child(fork, count);
	uint32_t before;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		VERIFY_QUIET(sys_env_set_status(child, wrong[i]) == -E_INVAL,
			     "status %u", wrong[i]);
	VERIFY(true, "only two statuses can be set");
	while (SHARED->counter == 0)
		sys_yield();
	NEED(sys_env_set_status(child, ENV_NOT_RUNNABLE));
	before = SHARED->counter;
	NEED(sys_sleep(50));
	VERIFY(SHARED->counter == before, "a stopped environment stops");
	NEED(sys_env_set_status(child, ENV_RUNNABLE));
	NEED(sys_sleep(50));
	VERIFY(SHARED->counter > before, "and goes on");
	NEED(sys_env_destroy(child));

	child = verify_child(fork, stop_itself);
	await_status(child, ENV_NOT_RUNNABLE);
	VERIFY(true, "an environment can stop itself");
	NEED(sys_env_set_status(child, ENV_RUNNABLE));
	wait(child);
}

/* --- Registers of a child ----------------------------------------------- */

static void
set_by_parent(void)
{
	VERIFY((read_eflags() & (FL_IF | FL_IOPL_MASK)) == FL_IF,
	       "a trap frame gives neither I/O rights nor a masked IRQ");
	exit();
}

static void
set_trapframe(void)
{
	envid_t child = verify_child(fork, await_message);
	struct Trapframe tf;

	await_status(child, ENV_NOT_RUNNABLE);
	memcpy(&tf, (const void *)&envs[ENVX(child)].env_tf, sizeof(tf));
	tf.tf_eip = (uintptr_t)set_by_parent;
	tf.tf_eflags = FL_IOPL_3;
	tf.tf_cs = GD_KT;
	tf.tf_ss = tf.tf_ds = tf.tf_es = GD_KD;
	VERIFY(sys_env_set_trapframe(child, &tf) == 0, "a child's registers");
	NEED(sys_env_set_status(child, ENV_RUNNABLE));
	wait(child);
	VERIFY(sys_env_set_trapframe(child, &tf) == -E_BAD_ENV,
	       "not those of one that has ended");
}

static void
new_child(void)
{
	envid_t child = NEED(sys_exofork());
	const volatile struct Env *e = &envs[ENVX(child)];

	if (child == 0)
		exit();
	VERIFY(e->env_id == child && e->env_parent_id == thisenv->env_id
	       && e->env_status == ENV_NOT_RUNNABLE
	       && e->env_pgfault_upcall == NULL && !e->env_ipc_recving
	       && e->env_runs == 0, "a new child is not runnable yet");
	NEED(sys_env_destroy(child));
	VERIFY(sys_env_wait(child) == 0, "and can be destroyed like that");
}

void
umain(int argc, char **argv)
{
	verify_begin();
	time_passes();
	in_order();
	woken_early();
	waits_for_ends();
	stop_and_go();
	set_trapframe();
	new_child();
	verify_end();
}
