/* Monitor commands about user programs and environments. */

#include <inc/error.h>
#include <inc/stdio.h>
#include <inc/string.h>
#include <kern/check/audit.h>
#include <kern/check/check.h>
#include <kern/env.h>
#include <kern/monitor/monitor.h>
#include <kern/program.h>
#include <kern/sched.h>
#include <kern/vmwalk.h>

static const char *const status_names[] = {
	[ENV_FREE]		= "free",
	[ENV_DYING]		= "dying",
	[ENV_RUNNABLE]		= "runnable",
	[ENV_RUNNING]		= "running",
	[ENV_NOT_RUNNABLE]	= "waiting",
};

int
mon_ls(int argc, char **argv, struct Trapframe *tf)
{
	const struct program *p;
	int column = 0;

	(void)argc, (void)argv, (void)tf;
	for (p = programs; p->name; p++)
		cprintf("%-18s%s", p->name, ++column % 4 ? "" : "\n");
	if (column % 4)
		cprintf("\n");
	return MON_DONE;
}

int
mon_run(int argc, char **argv, struct Trapframe *tf)
{
	(void)argc, (void)tf;
	if (program_start(argv[1]) < 0)
		return MON_DONE;
	/* Not to return: the monitor begins anew when nothing is left to run. */
	sched_yield();
}

int
mon_envs(int argc, char **argv, struct Trapframe *tf)
{
	const struct Env *e;
	int n = 0;

	(void)argc, (void)argv, (void)tf;
	for (e = envs; e < envs + NENV; e++) {
		if (e->env_status == ENV_FREE)
			continue;
		if (!n++)
			cprintf("id        parent    status    runs        eip"
				"       program\n");
		cprintf("%08x  %08x  %-8s  %-10u  %08x  %s\n", e->env_id,
			e->env_parent_id, e->env_status
			< ARRAY_SIZE(status_names)
			? status_names[e->env_status] : "?", e->env_runs,
			e->env_tf.tf_eip, program_name(e));
	}
	if (!n)
		cprintf("There are no environments; 'run NAME' makes one.\n");
	return MON_DONE;
}

/* The environment with that id; says so and returns NULL if there is none. */
static struct Env *
find_env(const char *text)
{
	struct Env *e;
	uint32_t id;

	if (!mon_number(text, &id))
		return NULL;
	if (id && envid2env(id, &e, false) == 0)
		return e;
	cprintf("There is no environment %08x; 'envs' lists them.\n", id);
	return NULL;
}

const pde_t *
mon_directory(const char *text)
{
	struct Env *e;

	if (!text)
		return vm_current();
	e = find_env(text);
	return e ? e->env_pgdir : NULL;
}

int
mon_kill(int argc, char **argv, struct Trapframe *tf)
{
	struct Env *e = find_env(argv[1]);

	(void)argc, (void)tf;
	if (e)
		env_destroy(e);
	return MON_DONE;
}

int
mon_audit(int argc, char **argv, struct Trapframe *tf)
{
#if !CHECK
	(void)argc, (void)argv, (void)tf;
	cprintf("This kernel was built without checks (CHECK=0).\n");
#else
	struct Env *e = NULL;
	int broken;

	(void)tf;
	if (argc == 2 && !(e = find_env(argv[1])))
		return MON_DONE;
	broken = e ? audit_env(e) : audit();
	if (broken)
		cprintf("audit: %d broken\n", broken);
	else
		cprintf("audit: all invariants hold\n");
#endif
	return MON_DONE;
}
