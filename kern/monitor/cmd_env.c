/* Monitor commands about user programs and environments. */

#include <inc/stdio.h>
#include <kern/dev/timer.h>
#include <kern/env.h>
#include <kern/monitor/args.h>
#include <kern/monitor/mappings.h>
#include <kern/monitor/monitor.h>
#include <kern/nmi.h>
#include <kern/program.h>
#include <kern/sched.h>
#include <kern/swap.h>

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

/* Frames that a program needs before it runs: tables, and a stack. */
#define FRAMES_TO_START	8

int
mon_run(int argc, char **argv, struct Trapframe *tf)
{
	(void)argc, (void)tf;
	nmi_begin();
	/* Other programs' pages may have all frames. */
	swap_reclaim(FRAMES_TO_START);
	if (program_start(argv[1]) < 0) {
		nmi_end();
		return MON_DONE;
	}
	/* Does not return: the monitor starts again if nothing is runnable. */
	sched_yield();
}

/* Print the milliseconds until e, which sleeps, wakes. */
static void
print_time_left(const struct wait *w)
{
	int32_t ticks = w->tick - timer_ticks;

	cprintf("%u ms", MAX(ticks, 0) * MSEC_PER_TICK);
}

/* Print what e waits for, on a line of its own, below that of e. */
static void
print_wait(const struct Env *e)
{
	const struct wait *w = &waits[e - envs];
	struct Env *parent;

	cprintf("          waits ");
	switch (w->reason) {
	case WAIT_NONE:
		if (!e->env_parent_id)
			cprintf("for good: 'kill %x' ends it", e->env_id);
		else if (envid2env(e->env_parent_id, &parent, false) < 0)
			cprintf("for its parent, which has ended");
		else
			cprintf("for its parent");
		break;
	case WAIT_MESSAGE:
		cprintf("for a message");
		break;
	case WAIT_RECEIVER:
		cprintf("to send to %08x", w->of);
		break;
	case WAIT_TIME:
		print_time_left(w);
		break;
	case WAIT_END:
		cprintf("for the end of %08x", w->of);
		break;
	case WAIT_PAGE:
		cprintf("for a page on disk (slot %d)", w->of);
		break;
	case WAIT_FRAME:
		cprintf("for a free frame");
		break;
	default:
		cprintf("for %d, which is no reason", w->reason);
	}
	cprintf("\n");
}

static void
print_env(const struct Env *e)
{
	struct page_counts n;

	count_pages(e, &n);
	cprintf("%08x  %08x  %-8s  %-10u  %08x  %6u  %7u  ", e->env_id,
		e->env_parent_id, e->env_status < ARRAY_SIZE(status_names)
		? status_names[e->env_status] : "?", e->env_runs,
		e->env_tf.tf_eip, n.shared, n.private);
	if (swap_on)
		cprintf("%7u  %7u  ", n.on_disk, n.in_file);
	cprintf("%s\n", program_name(e));
	if (e->env_status == ENV_NOT_RUNNABLE)
		print_wait(e);
}

int
mon_envs(int argc, char **argv, struct Trapframe *tf)
{
	const struct Env *e = next_env(NULL);

	(void)argc, (void)argv, (void)tf;
	if (!e) {
		cprintf("There are no environments; 'run NAME' creates one.\n");
		return MON_DONE;
	}
	cprintf("id        parent    status    runs        eip       shared"
		"  private  %sprogram\n", swap_on ? "on disk  in file  " : "");
	for (; e; e = next_env(e))
		print_env(e);
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
