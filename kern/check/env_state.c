/* The state of env.c, saved before a check and restored after it. */

#include <inc/x86.h>
#include <kern/check/env_state.h>
#include <kern/env.h>
#include <kern/runq.h>

void
env_remember(struct env_mark *m)
{
	struct fs_gs segments;
	int i;

	m->made = env_count;
	m->current = curenv;
	m->cr3 = rcr3();
	read_fs_gs(&segments);
	m->fs = segments.fs;
	m->gs = segments.gs;
	m->free = env_free_list;
	for (i = 0; i < NENV; i++) {
		m->ids[i] = envs[i].env_id;
		m->links[i] = envs[i].env_link;
		m->there[i] = envs[i].env_status != ENV_FREE;
	}
}

/* By hand: a wrong env_free or env_set_status fails its own checks only. */
static void
empty_slot(struct Env *e)
{
	e->env_pgdir = NULL;
	if (e->env_status == ENV_FREE)
		return;
	if (e->env_status == ENV_RUNNABLE)
		runq_remove(e - envs);
	e->env_status = ENV_FREE;
	*env_private(e) = (struct EnvPrivate) { .program = NULL };
}

void
env_restore(const struct env_mark *m)
{
	struct fs_gs segments = { m->fs, m->gs };
	int i;

	env_count = m->made;
	curenv = m->current;
	lcr3(m->cr3);
	write_fs_gs(&segments);
	env_free_list = m->free;
	for (i = 0; i < NENV; i++) {
		envs[i].env_link = m->links[i];
		if (m->there[i])
			continue;
		empty_slot(&envs[i]);
		envs[i].env_id = m->ids[i];
	}
}
