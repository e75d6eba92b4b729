/* Monitor commands about user programs and environments. */

#include <inc/stdio.h>
#include <kern/env.h>
#include <kern/monitor/args.h>
#include <kern/monitor/monitor.h>
#include <kern/program.h>
#include <kern/sched.h>

static const char *const status_names[] = {
	[ENV_FREE]		= "free",
	[ENV_DYING]		= "dying",
	[ENV_RUNNABLE]		= "runnable",
	[ENV_RUNNING]		= "running",
	[ENV_NOT_RUNNABLE]	= "waiting",
};

/* Print those that were built, or not, in columns below the heading. */
static void
list_programs(bool built, const char *heading)
{
	const struct program *p;
	int column = 0;

	for (p = programs; p->name; p++) {
		if (program_built(p) != built)
			continue;
		if (column == 0)
			cprintf("%s", heading);
		cprintf("%-18s%s", p->name, ++column % 4 ? "" : "\n");
	}
	if (column % 4)
		cprintf("\n");
}

int
mon_ls(int argc, char **argv, struct Trapframe *tf)
{
	(void)argc, (void)argv, (void)tf;
	list_programs(true, "");
	list_programs(false, "Not in this kernel ('make' shows why):\n");
	return MON_DONE;
}

int
mon_run(int argc, char **argv, struct Trapframe *tf)
{
	(void)argc, (void)tf;
	if (program_start(argv[1]) < 0)
		return MON_DONE;
	/* Does not return: the monitor starts again if nothing is runnable. */
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
		cprintf("There are no environments; 'run NAME' creates one.\n");
	return MON_DONE;
}

int
mon_kill(int argc, char **argv, struct Trapframe *tf)
{
	struct Env *e = arg_env(argv[1]);

	(void)argc, (void)tf;
	if (e)
		env_destroy(e);
	return MON_DONE;
}
