/*
 * Checks of turns: who is next, and what changes when another environment runs.
 *
 * Environments without a program are given their turns. Each begins where it has
 * no memory, at an address of its own: so it faults at once, and the guard brings
 * the kernel back. Their first instruction is never reached.
 */

#include <inc/x86.h>
#include <kern/check/tables.h>
#include <kern/cpuid.h>
#include <kern/env.h>
#include <kern/fpu.h>
#include <kern/gates.h>
#include <kern/program.h>
#include <kern/sched.h>

static struct Env *a, *b, *c;

/* --- Turns ------------------------------------------------------------- */

static struct Env *
newcomer(void)
{
	struct Env *e;
	int error = env_alloc(&e, 0);

	EXPECT_THAT(error == 0, "an environment", "%d", error);
	e->env_tf.tf_eip = UTEMP + (e - envs);
	env_set_status(e, ENV_RUNNABLE);
	return e;
}

/* Three that are runnable, in that order, and nobody else. */
static void
begin(void)
{
	const struct Env *e;

	for (e = envs; e < envs + NENV; e++)
		if (e->env_status == ENV_RUNNABLE)
			check_skip("other environments wait for their turns");
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

/* How the kernel gives the processor away: one of these, which take a step. */
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

	/* Not where the frame is popped, which is no stack. */
	cli();
	/* Traps of users must not use the part of the stack that we are on. */
	trap_set_stack(ROUNDDOWN(read_esp() - 256, 16));
	s->how(s->e);
}

/* Whose turn it is after that. */
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
		    && (r.err & FEC_U), "a turn of an environment", "%s",
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

/* After each sched_yield, whose turn it is: a letter each. */
static void
expect_turns(const char *wanted)
{
	char found;

	for (; *wanted; wanted++) {
		found = name(turn_after(yield, NULL));
		EXPECT_THAT(found == *wanted, "the next one's turn",
			    "%c's turn, instead of %s", found, wanted);
	}
}

static void
turns_go_round(void)
{
	begin();
	expect_turns("abcabca");
	finish();
}

static void
who_is_alone_goes_on(void)
{
	begin();
	env_free(b);
	env_free(c);
	expect_turns("aaa");
	EXPECT_EQ(a->env_runs, 3);
	finish();
}

static void
newcomers_wait_at_the_end(void)
{
	begin();
	env_set_status(c, ENV_NOT_RUNNABLE);
	expect_turns("aba");
	env_set_status(c, ENV_RUNNABLE);
	expect_turns("bcabc");
	finish();
}

static void
who_waits_has_no_turn(void)
{
	begin();
	expect_turns("a");
	env_set_status(b, ENV_NOT_RUNNABLE);	/* of b c, the first */
	expect_turns("cac");
	env_set_status(b, ENV_RUNNABLE);
	expect_turns("abc");
	env_set_status(b, ENV_NOT_RUNNABLE);	/* of a b, the last */
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
free_ones_have_no_turn(void)
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
	begin();
	expect_turns("a");
	EXPECT_EQ(turn_after(env_destroy, a), b);
	EXPECT_EQ(a->env_status, ENV_FREE);
	expect_turns("cbc");
	finish();
}

static void
nobody_is_current_at_the_end(void)
{
	struct step s = { env_destroy, NULL };
	struct guard_report r;

	begin();
	env_free(b);
	env_free(c);
	expect_turns("a");
	s.e = a;
	guarded(take_step, &s, &r);
	trap_set_stack(KSTACKTOP);
	EXPECT_THAT(r.how == GUARD_PANIC, "nobody to be run", "an end of"
		    " another kind, %d", r.how);
	EXPECT_EQ(curenv, NULL);
	EXPECT_EQ(rcr3(), PADDR(kern_pgdir));
	EXPECT_EQ(a->env_status, ENV_FREE);
}

static void
programs_have_turns(void)
{
	const struct program *hello = program_find("hello");
	int error;

	begin();
	env_free(a);
	error = env_create(hello->start, hello->end - hello->start,
			   ENV_TYPE_USER, &a);
	EXPECT_THAT(error == 0, "an environment of hello", "%d", error);
	a->env_tf.tf_eip = UTEMP;
	expect_turns("bca");
	finish();
}

static void
env_run_is_a_turn_at_once(void)
{
	begin();
	expect_turns("a");
	EXPECT_EQ(turn_after(env_run, c), c);
	EXPECT_EQ(a->env_status, ENV_RUNNABLE);
	EXPECT_EQ(c->env_status, ENV_RUNNING);
	/* b has waited longer than a; c no more. */
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
turns_are_written_down(void)
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
directories_change_with_turns(void)
{
	begin();
	expect_turns("a");
	EXPECT_EQ(rcr3(), PADDR(a->env_pgdir));
	expect_turns("b");
	EXPECT_EQ(rcr3(), PADDR(b->env_pgdir));
	/* Whatever is loaded when it goes on. */
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
segments_change_with_turns(void)
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
	/* The slot's next user has nothing of it. */
	env_free(a);
	a = newcomer();
	expect_turns("a");
	expect_segments(0, 0);
	finish();
}

static void
fpu_is_shut_at_turns(void)
{
	if (!cpu_features.fpu)
		check_skip("there is no x87 unit");
	begin();
	expect_turns("a");
	EXPECT(fpu_enter(&env_private(curenv)->fpu), "no memory for the x87 state");
	EXPECT_EQ(rcr0() & CR0_TS, 0);
	expect_turns("b");
	EXPECT_EQ(rcr0() & CR0_TS, CR0_TS);
	finish();
}

const struct check own_sched_checks[] = {
	LONG_OWN(ENV, turns_go_round, "sched_yield",
		 "sched_yield: one after the other, and then from the start"),
	LONG_OWN(ENV, who_is_alone_goes_on, "sched_yield",
		 "sched_yield: who is alone gets the next turn, too"),
	LONG_OWN(ENV, newcomers_wait_at_the_end, "sched_yield",
		 "sched_yield: who becomes runnable, waits behind all others"),
	LONG_OWN(ENV, who_waits_has_no_turn, "sched_yield",
		 "env_set_status: only the runnable have turns"),
	LONG_OWN(ENV, current_that_waits_is_passed_over, "sched_yield",
		 "sched_yield: the current one, if it waits or is to die"),
	LONG_OWN(ENV, free_ones_have_no_turn, "env_free",
		 "env_free: who was runnable, has no more turn"),
	LONG_OWN(ENV, ending_the_current_one_lets_another_run, "env_destroy",
		 "env_destroy: of the current one, gives another its turn"),
	LONG_OWN(ENV, nobody_is_current_at_the_end, "env_destroy",
		 "env_destroy: of the last one, leaves nobody current"),
	LONG_OWN(ENV, programs_have_turns, "env_create",
		 "env_create: a program waits for its turn behind the others"),
	LONG_OWN(ENV, env_run_is_a_turn_at_once, "env_run",
		 "env_run: now; who ran before waits at the end"),
	LONG_OWN(ENV, turns_are_written_down, "env_run",
		 "env_run: status, and how many turns each had"),
	LONG_OWN(ENV, directories_change_with_turns, "env_run",
		 "env_run: in its own address space"),
	LONG_OWN(ENV, segments_change_with_turns, "env_run",
		 "env_run: FS and GS are its own"),
	LONG_OWN(ENV, fpu_is_shut_at_turns, "env_run",
		 "env_run: the last one's x87 registers are shut away"),
	CHECK_TABLE_END
};
