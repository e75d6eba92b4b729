/*
 * The audit of queues: who is in which, and what those that are not runnable
 * wait for. It follows the links itself.
 */

#include <inc/stdio.h>
#include <inc/string.h>
#include <kern/check/audit_rules.h>
#include <kern/check/interface.h>
#include <kern/check/own/audit_queue.h>
#include <kern/env.h>
#include <kern/hooks.h>
#include <kern/queue.h>

/* The queue in which each environment was found. */
static uint16_t found_in[NENV];

/* Describe a queue. */
static const char *
words(uint32_t queue)
{
	static char buf[2][48];
	static int i;

	if (queue == QUEUE_NONE)
		return "no queue";
	if (queue == QUEUE_RUN)
		return "the run queue";
	if (queue == QUEUE_SLEEP)
		return "the queue of sleepers";
	if (queue == QUEUE_DISK)
		return "the queue of those that wait for pages";
	i = !i;
	snprintf(buf[i], sizeof(buf[i]), "the queue of those that wait %s %08x",
		 queue < QUEUE_END ? "to send to" : "for the end of",
		 envs[(queue - QUEUE_SENDERS) % NENV].env_id);
	return buf[i];
}

/* Follow the links of a queue, as long as they are sound. */
static void
follow(uint32_t queue)
{
	uint32_t n = queue, next;

	for (;;) {
		next = queue_links[n].next;
		if (next != queue && next >= NENV) {
			complain(Q1, "%s leads to %s", words(queue),
				 next < NQUEUE_LINKS ? words(next)
				 : "a link that does not exist");
			return;
		}
		if (queue_links[next].prev != n)
			complain(Q1, "%s: a link and the link back differ",
				 words(queue));
		if (next == queue)
			return;
		if (found_in[next] != QUEUE_NONE) {
			complain(Q1, "environment %08x is in %s, and in %s%s",
				 envs[next].env_id, words(found_in[next]),
				 words(queue), found_in[next] == queue
				 ? " again" : "");
			return;
		}
		found_in[next] = queue;
		if (n != queue && queue == QUEUE_SLEEP
		    && (int32_t)(waits[next].tick - waits[n].tick) < 0)
			complain(Q1, "environment %08x sleeps until tick %u,"
				 " after one that sleeps until %u",
				 envs[next].env_id, waits[next].tick,
				 waits[n].tick);
		n = next;
	}
}

/* Return the queue in which an environment belongs. */
static uint32_t
home(const struct Env *e)
{
	const struct wait *w = &waits[e - envs];

	if (e->env_status == ENV_RUNNABLE)
		return QUEUE_RUN;
	if (e->env_status != ENV_NOT_RUNNABLE)
		return QUEUE_NONE;
	switch (w->reason) {
	case WAIT_RECEIVER:
		return QUEUE_SENDERS + ENVX(w->of);
	case WAIT_TIME:
		return QUEUE_SLEEP;
	case WAIT_END:
		return QUEUE_END + ENVX(w->of);
	case WAIT_PAGE:
	case WAIT_FRAME:
		return QUEUE_DISK;
	default:
		return QUEUE_NONE;
	}
}

static void
audit_wait(const struct Env *e)
{
	const struct wait *w = &waits[e - envs];
	const struct Env *of = &envs[ENVX(w->of)];

	if (w->reason != WAIT_NONE && e->env_status != ENV_NOT_RUNNABLE)
		complain(Q2, "environment %08x has status %u, but waits",
			 e->env_id, e->env_status);
	if (e->env_ipc_recving != (w->reason == WAIT_MESSAGE))
		complain(Q2, "environment %08x %s for a message, but"
			 " env_ipc_recving is %d", e->env_id,
			 w->reason == WAIT_MESSAGE ? "waits" : "does not wait",
			 e->env_ipc_recving);
	if ((w->reason == WAIT_RECEIVER || w->reason == WAIT_END)
	    && (of->env_status == ENV_FREE || of->env_id != w->of || of == e))
		complain(Q2, "environment %08x waits for %08x, which is %s",
			 e->env_id, w->of, of == e ? "itself"
			 : "no environment");
	if (e->env_status == ENV_RUNNING && e != curenv)
		complain(Q2, "environment %08x has the status of a running"
			 " one, but curenv is another", e->env_id);
}

void
audit_queues(void)
{
	const struct Env *e;
	uint32_t i;

	if (!milestone_reached("installed"))
		return;			/* before env_init */
	for (i = 0; i < NENV; i++)
		found_in[i] = QUEUE_NONE;
	for (i = NENV; i < NQUEUE_LINKS; i++)
		follow(i);
	for (e = envs; e < envs + NENV; e++) {
		if (found_in[e - envs] != home(e))
			complain(Q1, "environment %08x, with status %u,"
				 " belongs in %s, but is in %s", e->env_id,
				 e->env_status, words(home(e)),
				 words(found_in[e - envs]));
		audit_wait(e);
	}
}
