/* The state of env.c, saved before a check and restored after it. */

#include <inc/x86.h>
#include <kern/check/env_state.h>
#include <kern/env.h>
#include <kern/nmi.h>
#include <kern/queue.h>

void
env_state_save(struct env_state *s)
{
	struct fs_gs segments;
	int i;

	s->count = env_count;
	s->current = curenv;
	s->cr3 = rcr3();
	read_fs_gs(&segments);
	s->fs = segments.fs;
	s->gs = segments.gs;
	s->free = env_free_list;
	s->nmi = nmi_state;
	nmi_end();
	for (i = 0; i < NENV; i++) {
		s->ids[i] = envs[i].env_id;
		s->links[i] = envs[i].env_link;
		s->exists[i] = envs[i].env_status != ENV_FREE;
	}
}

/* By hand: a wrong env_free or env_set_status fails its own checks only. */
static void
empty_slot(struct Env *e)
{
	struct wait *w = &waits[e - envs];

	e->env_pgdir = NULL;
	if (e->env_status == ENV_FREE)
		return;
	/* It is in a queue if it is runnable, or waits for all but a message. */
	if (e->env_status == ENV_RUNNABLE || w->reason > WAIT_MESSAGE)
		queue_remove(e - envs);
	*w = (struct wait) { .reason = WAIT_NONE };
	e->env_status = ENV_FREE;
	*env_private(e) = (struct EnvPrivate) { .program = NULL };
}

void
env_state_restore(const struct env_state *s)
{
	struct fs_gs segments = { s->fs, s->gs };
	int i;

	env_count = s->count;
	curenv = s->current;
	lcr3(s->cr3);
	write_fs_gs(&segments);
	env_free_list = s->free;
	nmi_state = s->nmi;
	for (i = 0; i < NENV; i++) {
		envs[i].env_link = s->links[i];
		if (s->exists[i])
			continue;
		empty_slot(&envs[i]);
		envs[i].env_id = s->ids[i];
	}
}
