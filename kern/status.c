/*
 * The status of environments. A runnable one is in the run queue. One that
 * waits has a reason in `waits`; its system call has not returned yet, and
 * returns what wait_end is given.
 *
 * Not its job: which of the runnable ones runs (sched.c); when a wait ends
 * (sys_ipc.c, sys_time.c).
 */

#include <inc/error.h>
#include <kern/status.h>

struct Env *curenv;
struct wait waits[NENV];

void
env_set_status(struct Env *e, unsigned status)
{
	if (e->env_status == ENV_RUNNABLE)
		queue_remove(env_slot(e));
	e->env_status = status;
	if (status == ENV_RUNNABLE)
		queue_insert(QUEUE_RUN, env_slot(e));
}

/* Remove e from the queue in which it waits, if there is one. */
static void
leave_queue(struct Env *e)
{
	struct wait *w = &waits[env_slot(e)];

	if (w->reason > WAIT_MESSAGE)
		queue_remove(env_slot(e));
	w->reason = WAIT_NONE;
	e->env_ipc_recving = false;
}

void
wait_stop(struct Env *e)
{
	leave_queue(e);
}

void
wait_over(struct Env *e)
{
	leave_queue(e);
	e->env_status = ENV_RUNNABLE;
	queue_insert(QUEUE_RUN, env_slot(e));
}

void
wait_end(struct Env *e, int32_t result)
{
	e->env_tf.tf_regs.reg_eax = result;
	wait_over(e);
}

void
wait_forget(struct Env *e)
{
	uint32_t senders = QUEUE_SENDERS + env_slot(e);
	uint32_t waiters = QUEUE_END + env_slot(e);

	leave_queue(e);
	while (!queue_empty(senders))
		wait_end(&envs[queue_first(senders)], -E_BAD_ENV);
	while (!queue_empty(waiters))
		wait_end(&envs[queue_first(waiters)], 0);
}
