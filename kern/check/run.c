/*
 * The harness. It runs each check in a guard (guard.h), reports the result and
 * restores the state (state.c), so that one failure causes no other.
 *
 * Boot skips the long checks, and the audit (audit.h) after each check, to stay
 * fast. Both run when the monitor's user or a grader asks for checks.
 */

#include <inc/stdio.h>
#include <inc/string.h>
#include <inc/x86.h>
#include <kern/check/audit.h>
#include <kern/check/cpu_state.h>
#include <kern/check/expect.h>
#include <kern/check/grader.h>
#include <kern/check/interface.h>
#include <kern/check/state.h>
#if !FOREIGN
#include <kern/check/swap_state.h>
#endif
#include <kern/check/tables.h>
#include <kern/dev/timer.h>
#include <kern/hooks.h>
#include <kern/vmwalk.h>

/*
 * Time limits of one check, and of a long one, in ticks; shorter after a check
 * has looped, shortest after MANY_LOOPS have. All of them are shorter than the
 * time that a grader gives a silent kernel (test/lib/qemu.py).
 */
#define LIMIT		(2 * TIMER_HZ)
#define SHORT_LIMIT	(TIMER_HZ / 4)
#define SHORTEST_LIMIT	(TIMER_HZ / 10)
#define LONG_LIMIT	(5 * TIMER_HZ)
#define LONG_SHORT_LIMIT (TIMER_HZ / 2)
#define MANY_LOOPS	8

static const struct check *const tables[] = CHECK_TABLES;

const char *const check_group_names[NGROUPS] = {
	[GROUP_TRAPS]		= "check_traps",
	[GROUP_PAGE_FREE_LIST]	= "check_page_free_list",
	[GROUP_PAGE_ALLOC]	= "check_page_alloc",
	[GROUP_PAGE]		= "check_page",
	[GROUP_MEM_INIT]	= "check_mem_init",
	[GROUP_KERN_PGDIR]	= "check_kern_pgdir",
	[GROUP_INSTALLED_PGDIR]	= "check_page_installed_pgdir",
	[GROUP_OUT_OF_MEMORY]	= "check_out_of_memory",
	[GROUP_BOOT_ALLOC]	= "check_boot_alloc",
	[GROUP_OWN_CHECKS]	= "check_own_checks",
	[GROUP_PAGING]		= "check_paging",
	[GROUP_ENV]		= "check_env",
	[GROUP_CALLS]		= "check_calls",
	[GROUP_DISK]		= "check_disk",
	[GROUP_SWAP]		= "check_swap",
};

const char *const check_kind_names[] = {
	[CHECK_RULE]	= "rule",
	[CHECK_ADVICE]	= "advice",
	[CHECK_OWN]	= "own",
};

uint32_t check_epoch, check_outer_flags;

/* True while long checks and audits run, too. */
static bool thorough;

/* The groups that have run, perhaps without the long checks. */
static bool ran[NGROUPS];

/* True if there is something to audit. */
static bool audits;

/* What has run and failed since check_init. */
static uint32_t total_run, total_failed, rules_failed;

uint32_t
check_failures(void)
{
	return rules_failed;
}

/* --- Running one check ------------------------------------------------- */

static void
run_check(void *arg)
{
	const struct check *c = arg;

	c->run();
	check_cpu_note_flags();
}

static int
time_limit(const struct check *c)
{
	if (c->flags & CHECK_LONG)
		return expect_loops ? LONG_SHORT_LIMIT : LONG_LIMIT;
	if (!expect_loops)
		return LIMIT;
	return expect_loops < MANY_LOOPS ? SHORT_LIMIT : SHORTEST_LIMIT;
}

/* Run a check; true if it found no failure itself. */
static bool
run_guarded(const struct check *c)
{
	struct guard_report r;
	char words[200], cpu[80];
	bool changed;

	guard_time_limit(time_limit(c));
	check_cpu_save();
	guarded(run_check, (void *)c, &r);
	changed = check_cpu_restore(cpu, sizeof(cpu));
	if (r.how == GUARD_LEFT)
		return expect_skipped() != NULL;
	if (check_ending_words(&r, words, sizeof(words))) {
		expect_ended(&r, words);
		return false;
	}
	if (changed)
		expect_failed("the processor is left as it was found", "%s",
			      cpu);
	return !changed;
}

/* Each frame that was free must be free again, or be held by the check. */
static bool
frames_balance(void)
{
	char trouble[120];
	int missing;

	if (check_list_broken(trouble, sizeof(trouble))) {
		expect_failed("elements of pages on page_free_list, each once,"
			      " then NULL", "%s", trouble);
		return false;
	}
	missing = check_frames_missing();
	if (missing)
		expect_failed("no frame is lost, none appears",
			      "%d frame%s %s the free list",
			      missing < 0 ? -missing : missing,
			      missing == 1 || missing == -1 ? "" : "s",
			      missing > 0 ? "missing from" : "too many on");
	return !missing;
}

/* In our own kernel, the audit compares all counts with the tables. */
static bool
counts_hold(void)
{
	struct PageInfo *pp;
	uint32_t was;

	if (!FOREIGN || !foreign_made_tables())
		return true;
	pp = check_count_changed(&was);
	if (pp)
		expect_failed("pp_ref unchanged in frames that the call does"
			      " not concern", "%u instead of %u in frame"
			      " 0x%08x", pp->pp_ref, was, page2pa(pp));
	return !pp;
}

static bool
audit_holds(void)
{
	char text[160];

	if (!audit_finds_more(text, sizeof(text)))
		return true;
	expect_failed("the audit finds nothing new", "%s", text);
	return false;
}

/* A page that a check has freed may still be on its way to disk. */
static void
settle(void)
{
#if !FOREIGN
	swap_state_settle();
#endif
}

static void
inspect(void *arg)
{
	bool (**fn)(void) = arg;

	if (!(*fn)())
		*fn = NULL;
}

/* Run fn, guarded, on the state that the check left; true if it holds. */
static bool
holds(bool (*fn)(void))
{
	struct guard_report r;
	char words[200];

	guarded(inspect, &fn, &r);
	if (!check_ending_words(&r, words, sizeof(words)))
		return fn != NULL;
	expect_failed("the state that the check left can be inspected", "%s",
		      words);
	return false;
}

static void
grader_result(const char *result, const struct check *c, const char *more)
{
	grader_line("%s %s/%s %s %s%s%s", result, check_group_names[c->group],
		    c->name, c->subject, check_kind_names[c->kind],
		    more ? " " : "", more ? more : "");
}

static bool
run_one(const struct check *c)
{
	bool held, to_tidy;

	expect_begin(c);
	state_begin_check();
	grader_result("run", c, NULL);
	held = run_guarded(c);
	settle();
	held = held && (expect_skipped()
				  || (holds(frames_balance)
				      && holds(counts_hold)));
	/* A check may skip at any point: everything is restored below. */
	to_tidy = held && !(FOREIGN && expect_skipped());
	if (to_tidy)
		state_tidy();
	/* A long check may leave more behind. */
	if (to_tidy && audits && !(c->flags & CHECK_LONG))
		held = holds(audit_holds);
	if (!held || FOREIGN || thorough)
		state_restore();
	/* Do not blame the next check for what could not be restored. */
	if (!held && audits)
		audit_known();
	total_run++;
	total_failed += !held;
	rules_failed += !held && c->kind == CHECK_RULE;
	grader_result(!held ? "FAIL" : expect_skipped() ? "skip" : "ok", c,
		      held ? expect_skipped() : NULL);
	return held;
}

/* --- Choosing ---------------------------------------------------------- */

static bool
in_group(const struct check *c, enum check_group group)
{
	return c->group == group && grader_wants(c) && foreign_can_run(c);
}

static bool
is_called(const struct check *c, const char *name)
{
	return strcmp(c->name, name) == 0 || strcmp(c->subject, name) == 0;
}

/* True if this kernel has checks of that group, and its grader wants some. */
static bool
has_group(enum check_group group)
{
	const struct check *c;
	size_t t;

	for (t = 0; t < ARRAY_SIZE(tables); t++)
		for (c = tables[t]; c->name; c++)
			if (c->group == group && grader_wants(c))
				return true;
	return false;
}

/*
 * True if start-up has made what the checks of a group use. A course's file has
 * no milestones: test/solution/init.c runs its groups in order.
 */
static bool
group_ready(enum check_group group)
{
	switch (FOREIGN ? GROUP_TRAPS : group) {
	case GROUP_TRAPS:
		return true;
	case GROUP_PAGE_FREE_LIST:
	case GROUP_PAGE_ALLOC:
	case GROUP_PAGE:
		return milestone_reached("page_init");
	case GROUP_KERN_PGDIR:
		return milestone_reached("map_kernel");
	case GROUP_SWAP:
		return milestone_reached("started") && swap_present();
	default:
		return milestone_reached("installed")
			&& window_mapped == KERNWINSIZE;
	}
}

/* Run the checks of a group, or those of that name; count those that fail. */
static int
run_matching(enum check_group group, const char *name, int *failed)
{
	const struct check *c;
	size_t t;
	int run = 0;

	check_epoch++;
	check_outer_flags = read_eflags();
	state_save(!FOREIGN && !thorough);
	audits = thorough && kern_pgdir && group_ready(GROUP_KERN_PGDIR)
		&& audit_possible();
	if (audits)
		audit_known();
	for (t = 0; t < ARRAY_SIZE(tables); t++)
		for (c = tables[t]; c->name; c++) {
			if (!(name ? is_called(c, name) : in_group(c, group))
			    || ((c->flags & CHECK_LONG) && !thorough)
			    || !group_ready(c->group))
				continue;
			run++;
			*failed += !run_one(c);
		}
	state_end();
	return run;
}

bool
check_group(enum check_group group)
{
	const char *name = check_group_names[group];
	int failed = 0, run;

	ran[group] = true;
	run = run_matching(group, NULL, &failed);
	if (grader_is_selective())
		return !failed;
	if (failed || !run)
		cprintf("%s() FAILED: %d of %d checks\n", name, failed, run);
	else
		cprintf("%s() succeeded!\n", name);
	return run && !failed;
}

/* Run a group, or print why it cannot run yet. */
static void
check_group_if_ready(enum check_group group)
{
	if (group_ready(group))
		check_group(group);
	else if (group == GROUP_SWAP)
		cprintf("%s() not run: there is no swap area\n",
			check_group_names[group]);
	else
		cprintf("%s() not run: start-up has not made what it uses\n",
			check_group_names[group]);
}

/* Run the checks of that name, or of that subject. Returns false if none. */
static bool
check_called(const char *name)
{
	int failed = 0, run = run_matching(NGROUPS, name, &failed);
	const struct check *c;
	size_t t;

	if (run) {
		cprintf("%s %s: %d check%s\n", name, failed ? "FAILED"
			: "succeeded", run, run == 1 ? "" : "s");
		return true;
	}
	for (t = 0; t < ARRAY_SIZE(tables); t++)
		for (c = tables[t]; c->name; c++)
			if (is_called(c, name)) {
				cprintf("%s not run: start-up has not made"
					" what it uses\n", name);
				return true;
			}
	return false;
}

bool
check_run(const char *name)
{
	bool was = thorough, found = false;
	/* Checks map in kern_pgdir: leave an environment's directory. */
	bool leave = !FOREIGN && window_mapped == KERNWINSIZE;
	uint32_t cr3 = rcr3();
	enum check_group g;

	if (leave)
		lcr3(PADDR(kern_pgdir));
	thorough = true;
	for (g = 0; g < NGROUPS; g++)
		if (has_group(g)
		    && (name ? strcmp(name, check_group_names[g]) == 0
			: g != GROUP_SWAP || group_ready(g))) {
			found = true;
			check_group_if_ready(g);
		}
	if (!found)
		found = check_called(name);
	thorough = was;
	if (leave)
		lcr3(cr3);
	return found;
}

/* --- With a grader ----------------------------------------------------- */

/* "plan": the number of checks of c's subject and kind, at the first one. */
static void
plan_like(const struct check *c)
{
	const struct check *other;
	uint32_t count = 0;
	size_t t;

	for (t = 0; t < ARRAY_SIZE(tables); t++)
		for (other = tables[t]; other->name; other++) {
			if (strcmp(other->subject, c->subject) != 0
			    || other->kind != c->kind || !grader_wants(other))
				continue;
			if (!count++ && other != c)
				return;
		}
	if (count)
		grader_line("plan %s %s %u", c->subject,
			    check_kind_names[c->kind], count);
}

/* With a grader: run the groups that have not run, and can now. */
static void
run_remaining(void)
{
	enum check_group g;

	if (!grader_present())
		return;
	for (g = 0; g < NGROUPS; g++)
		if (has_group(g) && !ran[g]
		    && (g != GROUP_SWAP || group_ready(g)))
			check_group(g);
}

#if FOREIGN
#define reached	NULL		/* test/solution/init.c calls check_group */
#else
static void
must_run(void *pgdir)
{
	vm_must_run(pgdir);
}

/*
 * A map that is wrong costs mem_init its points. With a grader, go on with a
 * right one, so that no other function has to pay. Lab 3's grader has no check
 * of the map run: there, the kernel must only be able to run in it.
 */
static void
judge_map(void)
{
	struct guard_report ignored;
	bool right = check_group(GROUP_KERN_PGDIR);

	if (!grader_present() || (right
	    && guarded(must_run, kern_pgdir, &ignored) == GUARD_OK))
		return;
	if (right_map_make())
		check_note("kern_pgdir is wrong: the checks go on with a map"
			   " of their own");
}

/*
 * True if checks of frames or page tables have failed: the kernel's own calls
 * may have damaged the free list since, which is not page_init's fault.
 */
static bool disturbed;

static void
check_free_list_again(void)
{
	if (!disturbed || !grader_present())
		check_group(GROUP_PAGE_FREE_LIST);
	else if (!grader_is_selective())
		cprintf("%s() FAILED: not run again, because other checks"
			" failed\n", check_group_names[GROUP_PAGE_FREE_LIST]);
}

/* The hook for milestones of mem_init and i386_init: run the checks of each. */
static void
reached(const char *step)
{
	if (strcmp(step, "page_init") == 0) {
		check_group(GROUP_PAGE_FREE_LIST);
		disturbed = !check_group(GROUP_PAGE_ALLOC);
		disturbed |= !check_group(GROUP_PAGE);
		if (grader_present())
			right_map_begin();
	} else if (strcmp(step, "map_kernel") == 0) {
		judge_map();
		/* A student's mem_init may not call this. */
		vm_must_run(kern_pgdir);
	} else if (strcmp(step, "mem_init_done") == 0) {
		right_map_load();
	} else if (strcmp(step, "installed") == 0) {
		check_free_list_again();
		check_group(GROUP_INSTALLED_PGDIR);
		run_remaining();
	} else if (strcmp(step, "started") == 0) {
		check_remaining_groups();
	}
}
#endif

void
check_init(void)
{
	const struct check *c;
	size_t t;

	guard_init();
	guard_on_failure = state_abandon;
	hooks.milestone = reached;

	thorough = grader_begin();
	for (t = 0; thorough && t < ARRAY_SIZE(tables); t++)
		for (c = tables[t]; c->name; c++)
			plan_like(c);
	if (thorough && !FOREIGN)
		check_group(GROUP_TRAPS);
}

void
check_remaining_groups(void)
{
	if (!grader_present())
		return;
	run_remaining();
	grader_line("done %u %u", total_run, total_failed);
	thorough = false;
}
