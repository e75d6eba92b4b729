/*
 * The status of environments. A runnable one is in the run queue. One that
 * waits has a reason in `waits`; its system call has not returned yet, and
 * returns what wait_end is given.
 *
 * Not its job: which of the runnable ones runs (sched.c); when a wait ends
 * (sys_ipc.c, sys_time.c).
 */

#include <inc/error.h>
#include <kern/queue.h>
#include <kern/status.h>

struct Env *curenv;
struct wait waits[NENV];

void
env_set_status(struct Env *e, unsigned status)
{
	if (e->env_status == ENV_RUNNABLE)
		queue_remove(e - envs);
	e->env_status = status;
	if (status == ENV_RUNNABLE)
		queue_insert(QUEUE_RUN, e - envs);
}

void
wait_begin(const struct wait *w, uint32_t before)
{
	uint32_t n = curenv - envs;

	waits[n] = *w;
	if (before != QUEUE_NONE)
		queue_insert(before, n);
	curenv->env_status = ENV_NOT_RUNNABLE;
}

/* Remove e from the queue in which it waits, if there is one. */
static void
leave_queue(struct Env *e)
{
	struct wait *w = &waits[e - envs];

	if (w->reason != WAIT_NONE && w->reason != WAIT_MESSAGE)
		queue_remove(e - envs);
	w->reason = WAIT_NONE;
	e->env_ipc_recving = false;
}

void
wait_end(struct Env *e, int32_t result)
{
	leave_queue(e);
	e->env_tf.tf_regs.reg_eax = result;
	env_set_status(e, ENV_RUNNABLE);
}

void
wait_forget(struct Env *e)
{
	uint32_t senders = QUEUE_SENDERS + (e - envs);
	uint32_t waiters = QUEUE_END + (e - envs);

	leave_queue(e);
	while (!queue_empty(senders))
		wait_end(&envs[queue_first(senders)], -E_BAD_ENV);
	while (!queue_empty(waiters))
		wait_end(&envs[queue_first(waiters)], 0);
}
