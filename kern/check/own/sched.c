/*
 * Checks of scheduling: which environment runs next, and what changes with it.
 *
 * Environments without a program are run. Each starts at its own address, where
 * nothing is mapped: it faults at once, and the guard returns to the check.
 */

#include <inc/x86.h>
#include <kern/check/own/user.h>
#include <kern/check/tables.h>
#include <kern/cpuid.h>
#include <kern/env.h>
#include <kern/fpu.h>
#include <kern/gates.h>
#include <kern/queue.h>
#include <kern/sched.h>

static struct Env *a, *b, *c;

/* --- The queue --------------------------------------------------------- */

/* The first check of the queue: those that follow add to it. */
static void
queue_has_the_runnable(void)
{
	bool runnable = false;
	int i;

	for (i = 0; i < NENV; i++)
		runnable |= envs[i].env_status == ENV_RUNNABLE;
	EXPECT_THAT(queue_empty(QUEUE_RUN) == !runnable,
		    "an empty run queue exactly if no environment is runnable",
		    "%s queue", queue_empty(QUEUE_RUN) ? "an empty" : "a filled");
}

/* --- Turns ------------------------------------------------------------- */

static struct Env *
newcomer(void)
{
	struct Env *e;
	int error = env_alloc(&e, 0);

	EXPECT_THAT(error == 0, "an environment", "%d", error);
	e->env_tf.tf_eip = UTEMP_VA + (e - envs);
	env_set_status(e, ENV_RUNNABLE);
	return e;
}

/* Create three runnable environments, in that order, and no others. */
static void
begin(void)
{
	need_empty_queue();
	curenv = NULL;
	a = newcomer();
	b = newcomer();
	c = newcomer();
}

static void
finish(void)
{
	struct Env *all[] = { a, b, c };
	size_t i;

	curenv = NULL;
	lcr3(PADDR(kern_pgdir));
	for (i = 0; i < ARRAY_SIZE(all); i++)
		if (all[i]->env_status != ENV_FREE)
			env_free(all[i]);
}

/* The ways in which the kernel switches environments. */
struct step {
	void (*how)(struct Env *e);
	struct Env *e;
};

static void
yield(struct Env *e)
{
	(void)e;
	sched_yield();
}

static void
take_step(void *arg)
{
	const struct step *s = arg;

	/* No interrupts while the frame is popped: ESP is not a stack then. */
	cli();
	/* Traps from user mode must not overwrite the current stack. */
	trap_set_stack(ROUNDDOWN(read_esp() - 256, 16));
	s->how(s->e);
}

/* Return the environment that runs next. */
static struct Env *
turn_after(void (*how)(struct Env *e), struct Env *e)
{
	struct step s = { how, e };
	struct guard_report r;
	char words[200] = "it returned";

	guarded(take_step, &s, &r);
	trap_set_stack(KSTACKTOP);
	check_ending_words(&r, words, sizeof(words));
	EXPECT_THAT(r.how == GUARD_TRAP && r.trapno == T_PGFLT
		    && (r.err & FEC_U), "an environment that runs", "%s",
		    words);
	EXPECT_THAT(curenv, "a current environment", "none");
	EXPECT_EQ(r.va, curenv->env_tf.tf_eip);
	return curenv;
}

static char
name(const struct Env *e)
{
	return e == a ? 'a' : e == b ? 'b' : e == c ? 'c' : '?';
}

/* Check which environments run after each sched_yield, by their letters. */
static void
expect_turns(const char *wanted)
{
	char found;

	for (; *wanted; wanted++) {
		found = name(turn_after(yield, NULL));
		EXPECT_THAT(found == *wanted, "the next environment",
			    "%c instead of %s", found, wanted);
	}
}

static void
environments_run_in_turn(void)
{
	begin();
	expect_turns("abcabca");
	finish();
}

static void
only_runnable_one_runs_again(void)
{
	begin();
	env_free(b);
	env_free(c);
	expect_turns("aaa");
	EXPECT_EQ(a->env_runs, 3);
	finish();
}

static void
newly_runnable_go_to_the_end(void)
{
	begin();
	env_set_status(c, ENV_NOT_RUNNABLE);
	expect_turns("aba");
	env_set_status(c, ENV_RUNNABLE);
	expect_turns("bcabc");
	finish();
}

static void
not_runnable_are_not_queued(void)
{
	begin();
	expect_turns("a");
	env_set_status(b, ENV_NOT_RUNNABLE);	/* the first of b, c */
	expect_turns("cac");
	env_set_status(b, ENV_RUNNABLE);
	expect_turns("abc");
	env_set_status(b, ENV_NOT_RUNNABLE);	/* the last of a, b */
	expect_turns("aca");
	env_set_status(c, ENV_NOT_RUNNABLE);	/* the only one */
	expect_turns("aa");
	env_set_status(c, ENV_RUNNABLE);
	env_set_status(b, ENV_RUNNABLE);
	expect_turns("cbacba");
	finish();
}

static void
current_that_waits_is_passed_over(void)
{
	begin();
	expect_turns("ab");
	env_set_status(b, ENV_NOT_RUNNABLE);
	expect_turns("cac");
	EXPECT_EQ(b->env_status, ENV_NOT_RUNNABLE);
	c->env_status = ENV_DYING;
	expect_turns("aa");
	EXPECT_EQ(c->env_status, ENV_DYING);
	finish();
}

static void
freed_leave_the_queue(void)
{
	begin();
	expect_turns("a");
	env_free(b);
	expect_turns("cac");
	finish();
}

static void
ending_the_current_one_lets_another_run(void)
{
	struct PageInfo *directory;

	begin();
	expect_turns("a");
	directory = directory_hold(a);
	EXPECT_EQ(turn_after(env_destroy, a), b);
	directory_release(directory);
	EXPECT_EQ(a->env_status, ENV_FREE);
	expect_turns("cbc");
	finish();
}

static void
last_destroy_leaves_none_current(void)
{
	struct step s = { env_destroy, NULL };
	struct PageInfo *directory;
	struct guard_report r;
	uint32_t cr3;

	begin();
	env_free(b);
	env_free(c);
	expect_turns("a");
	s.e = a;
	directory = directory_hold(a);
	guarded(take_step, &s, &r);
	trap_set_stack(KSTACKTOP);
	cr3 = rcr3();
	directory_release(directory);
	EXPECT_THAT(r.how == GUARD_PANIC, "a panic: no environment to run",
		    "ending %d", r.how);
	EXPECT_EQ(curenv, NULL);
	EXPECT_EQ(cr3, PADDR(kern_pgdir));
	EXPECT_EQ(a->env_status, ENV_FREE);
}

static void
programs_are_queued(void)
{
	const struct program *p = any_program();
	int error;

	begin();
	env_free(a);
	error = env_create(p->start, p->end - p->start,
			   ENV_TYPE_USER, &a);
	EXPECT_THAT(error == 0, "an environment", "%d", error);
	a->env_tf.tf_eip = UTEMP_VA;
	expect_turns("bca");
	finish();
}

static void
env_run_runs_at_once(void)
{
	begin();
	expect_turns("a");
	EXPECT_EQ(turn_after(env_run, c), c);
	EXPECT_EQ(a->env_status, ENV_RUNNABLE);
	EXPECT_EQ(c->env_status, ENV_RUNNING);
	/* b has waited longer than a; c waits no longer. */
	expect_turns("bac");
	EXPECT_EQ(turn_after(env_run, c), c);
	expect_turns("bac");
	env_set_status(c, ENV_NOT_RUNNABLE);
	EXPECT_EQ(turn_after(env_run, b), b);
	EXPECT_EQ(c->env_status, ENV_NOT_RUNNABLE);
	expect_turns("aba");
	finish();
}

/* --- What changes with them -------------------------------------------- */

static void
runs_are_counted(void)
{
	begin();
	expect_turns("ab");
	EXPECT_EQ(a->env_status, ENV_RUNNABLE);
	EXPECT_EQ(b->env_status, ENV_RUNNING);
	EXPECT_EQ(c->env_status, ENV_RUNNABLE);
	EXPECT_EQ(a->env_runs, 1);
	EXPECT_EQ(c->env_runs, 0);
	EXPECT_EQ(turn_after(env_run, b), b);
	EXPECT_EQ(b->env_status, ENV_RUNNING);
	EXPECT_EQ(b->env_runs, 2);
	finish();
}

static void
env_run_loads_the_directory(void)
{
	begin();
	expect_turns("a");
	EXPECT_EQ(rcr3(), PADDR(a->env_pgdir));
	expect_turns("b");
	EXPECT_EQ(rcr3(), PADDR(b->env_pgdir));
	/* Other selectors may be loaded when it resumes. */
	lcr3(PADDR(kern_pgdir));
	EXPECT_EQ(turn_after(env_run, b), b);
	EXPECT_EQ(rcr3(), PADDR(b->env_pgdir));
	finish();
}

static void
expect_segments(uint16_t fs, uint16_t gs)
{
	struct fs_gs is;

	read_fs_gs(&is);
	EXPECT_EQ(is.fs, fs);
	EXPECT_EQ(is.gs, gs);
}

static void
abandoning_leaves_the_directory(void)
{
	begin();
	expect_turns("a");
	EXPECT_EQ(sched_abandon(), a);
	EXPECT_EQ(curenv, NULL);
	EXPECT_EQ(a->env_status, ENV_NOT_RUNNABLE);
	EXPECT_EQ(rcr3(), PADDR(kern_pgdir));
	EXPECT_EQ(sched_abandon(), NULL);
	expect_turns("bcb");
	finish();
}

static void
env_run_loads_fs_and_gs(void)
{
	const struct fs_gs of_a = { GD_UD | 3, 0 }, of_b = { 0, GD_UD | 3 };

	begin();
	env_set_status(c, ENV_NOT_RUNNABLE);
	expect_turns("a");
	expect_segments(0, 0);
	write_fs_gs(&of_a);
	expect_turns("b");
	expect_segments(0, 0);
	write_fs_gs(&of_b);
	expect_turns("a");
	expect_segments(of_a.fs, of_a.gs);
	expect_turns("b");
	expect_segments(of_b.fs, of_b.gs);
	/* The slot's next environment starts with null selectors. */
	env_free(a);
	a = newcomer();
	expect_turns("a");
	expect_segments(0, 0);
	finish();
}

static void
env_run_closes_the_fpu(void)
{
	if (!cpu_features.fpu)
		check_skip("there is no x87 unit");
	begin();
	expect_turns("a");
	EXPECT(fpu_enter(&env_private(curenv)->fpu),
	       "no memory for the x87 state");
	EXPECT_EQ(rcr0() & CR0_TS, 0);
	expect_turns("b");
	EXPECT_EQ(rcr0() & CR0_TS, CR0_TS);
	finish();
}

const struct check own_sched_checks[] = {
	LONG_OWN(ENV, queue_has_the_runnable, "sched_yield",
		 "sched_yield: the run queue holds the runnable environments"),
	LONG_OWN(ENV, environments_run_in_turn, "sched_yield",
		 "sched_yield runs the environments in turn"),
	LONG_OWN(ENV, only_runnable_one_runs_again, "sched_yield",
		 "sched_yield: the only runnable environment runs again"),
	LONG_OWN(ENV, newly_runnable_go_to_the_end, "sched_yield",
		 "sched_yield: a newly runnable environment goes to the end"
		 " of the queue"),
	LONG_OWN(ENV, not_runnable_are_not_queued, "sched_yield",
		 "env_set_status: only runnable environments are queued"),
	LONG_OWN(ENV, current_that_waits_is_passed_over, "sched_yield",
		 "sched_yield: a current environment that is not runnable"
		 " is not queued"),
	LONG_OWN(ENV, freed_leave_the_queue, "env_free",
		 "env_free: a freed environment leaves the run queue"),
	LONG_OWN(ENV, ending_the_current_one_lets_another_run, "env_destroy",
		 "env_destroy of the current environment runs another one"),
	LONG_OWN(ENV, last_destroy_leaves_none_current, "env_destroy",
		 "env_destroy of the last environment leaves none current"),
	LONG_OWN(ENV, programs_are_queued, "env_create",
		 "env_create puts a program at the end of the run queue"),
	LONG_OWN(ENV, env_run_runs_at_once, "env_run",
		 "env_run runs e at once; the previous one goes to the end"
		 " of the queue"),
	LONG_OWN(ENV, runs_are_counted, "env_run",
		 "env_run sets the status and counts the runs"),
	LONG_OWN(ENV, env_run_loads_the_directory, "env_run",
		 "env_run loads the environment's address space"),
	LONG_OWN(ENV, abandoning_leaves_the_directory, "sched_abandon",
		 "sched_abandon: curenv no longer runs, and its address space"
		 " is not in use"),
	LONG_OWN(ENV, env_run_loads_fs_and_gs, "env_run",
		 "env_run loads the environment's FS and GS"),
	LONG_OWN(ENV, env_run_closes_the_fpu, "env_run",
		 "env_run sets CR0.TS, so that the last x87 registers"
		 " cannot be read"),
	CHECK_TABLE_END
};
