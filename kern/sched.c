/*
 * Whose turn it is. Runnable environments stand in a queue: the one that ran
 * goes to its end, the next is taken from its front, so nobody searches.
 *
 * A place in the queue is an index of envs; links are kept here, out of users'
 * sight.
 */

#include <inc/assert.h>
#include <inc/x86.h>
#include <kern/env.h>
#include <kern/hooks.h>
#include <kern/pmap.h>
#include <kern/sched.h>
#include <kern/switch.h>

#define NOBODY	NENV

static struct {
	uint16_t next, prev;
} queue[NENV + 1];

void
sched_init(void)
{
	/* The ring's own place stands for its front and its end. */
	queue[NOBODY].next = queue[NOBODY].prev = NOBODY;
}

static inline void
append(uint32_t n)
{
	uint32_t end = queue[NOBODY].prev;

	queue[n].next = NOBODY;
	queue[n].prev = end;
	queue[end].next = n;
	queue[NOBODY].prev = n;
}

static inline void
unlink(uint32_t n)
{
	uint32_t next = queue[n].next, prev = queue[n].prev;

	queue[prev].next = next;
	queue[next].prev = prev;
}

void
sched_add(struct Env *e)
{
	append(e - envs);
}

void
sched_remove(struct Env *e)
{
	unlink(e - envs);
}

bool
sched_idle(void)
{
	return queue[NOBODY].next == NOBODY;
}

static void
nothing_to_run(void)
{
	cprintf("No runnable environments in the system!\n");
	if (hooks.debugger)
		hooks.debugger(NULL, kern_pgdir);
	for (;;) {
		cli();
		hlt();
	}
}

void
sched_yield(void)
{
	struct Env *e = curenv;
	uint32_t n;

	if (e && e->env_status == ENV_RUNNING) {
		e->env_status = ENV_RUNNABLE;
		append(e - envs);
	}
	n = queue[NOBODY].next;
	if (n == NOBODY) {
		/* A check would not come back from there. */
		if (hooks.checking)
			panic("sched_yield: nobody is runnable");
		call_on_stack(KSTACKTOP, nothing_to_run);
	}
	unlink(n);
	env_enter(&envs[n]);
}
