/*
 * The harness of the checks: which run, each in a guard, and what is told of
 * them. What a check left in disorder is put back (state.c), so that one
 * failure causes no other.
 *
 * At boot, where every instruction counts for who waits, the long checks are
 * left out, and so is the audit after each check. Both are in when somebody asks
 * for checks, at the monitor or as a grader.
 */

#include <inc/stdio.h>
#include <inc/string.h>
#include <inc/trap.h>
#include <inc/x86.h>
#include <kern/check/audit.h>
#include <kern/check/check.h>
#include <kern/check/cpu_state.h>
#include <kern/check/state.h>
#include <kern/check/tables.h>
#include <kern/check/grader.h>
#include <kern/check/guard.h>
#include <kern/hooks.h>
#include <kern/kdebug.h>
#include <kern/sections.h>
#include <kern/dev/timer.h>
#include <kern/trapframe.h>
#include <kern/vmwalk.h>

/*
 * Patience with one check, in ticks, and with a long one: less than a grader
 * has with a kernel that says nothing (test/lib/qemu.py). LESS once one has run into
 * an endless loop, LEAST when MANY_LOOPS have.
 */
#define PATIENCE	(2 * TIMER_HZ)
#define LESS_PATIENCE	(TIMER_HZ / 4)
#define LEAST_PATIENCE	(TIMER_HZ / 10)
#define LONG_PATIENCE	(5 * TIMER_HZ)
#define LESS_LONG	(TIMER_HZ / 2)
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
};

/* The groups of this kernel. */
static const uint8_t groups[] = {
#if !FOREIGN
	GROUP_TRAPS,
#endif
	GROUP_PAGE_FREE_LIST, GROUP_PAGE_ALLOC, GROUP_PAGE,
#if FOREIGN
	GROUP_MEM_INIT,
#endif
	GROUP_KERN_PGDIR, GROUP_INSTALLED_PGDIR, GROUP_OUT_OF_MEMORY,
#if FOREIGN
	GROUP_BOOT_ALLOC, GROUP_OWN_CHECKS,
#else
	GROUP_PAGING, GROUP_ENV,
#endif
};
/*
 * Those that have run before check_graded_rest: check_init the first, our
 * mem_init the classic ones, test/solution/init.c its first three.
 */
#define NBEFORE		(FOREIGN ? 3 : 6)

uint32_t check_epoch, check_outer_flags;

/* The check that runs now; why it ended itself early, if it did so unharmed. */
static const struct check *current;
static const char *skipped;

/* Long checks too, and audits? The latter if there is something to audit. */
static bool thorough, audits;

/* At boot without a grader: the free list is cut (state.c). */
static bool quick;

/* How many checks have looped for ever? */
static uint32_t loops;

/* What has run and failed since check_init. */
static uint32_t total_run, total_failed, rules_failed;

/* --- What a check can say ---------------------------------------------- */

/* caller: more about the place, behind it. */
static void __attribute__((format(printf, 5, 6)))
report(const char *expected, const char *file, int line, const char *caller,
       const char *fmt, ...)
{
	va_list ap;

	cprintf("FAIL %s/%s: %s\n    expected: %s\n    found:    ",
		check_group_names[current->group], current->name, current->rule, expected);
	va_start(ap, fmt);
	vcprintf(fmt, ap);
	va_end(ap);
	cprintf("\n    at %s:%d%s\n", file, line, caller);
}

/* As report; the place is the current check's. */
static void __attribute__((format(printf, 2, 3)))
report_after(const char *expected, const char *fmt, ...)
{
	struct Eipdebuginfo place;
	char found[200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(found, sizeof(found), fmt, ap);
	va_end(ap);
	debuginfo_eip((uintptr_t)current->run, &place);
	report(expected, place.eip_file, place.eip_line, "", "%s", found);
}

void
check_fail(const char *file, int line, const char *what, const char *fmt, ...)
{
	char found[200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(found, sizeof(found), fmt, ap);
	va_end(ap);
	report(what, file, line, "", "%s", found);
	guard_leave();
}

void
check_fail_eq(const char *file, int line, const char *a, const char *b,
	      uint32_t is, uint32_t should)
{
	char what[160];

	snprintf(what, sizeof(what), "%s == %s, that is 0x%x", a, b, should);
	check_fail(file, line, what, "0x%x", is);
}

void
check_skip(const char *why)
{
	skipped = why;
	guard_leave();
}

void
check_note(const char *fmt, ...)
{
	char text[240];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	graded_line("note %s", text);
}

/* A panic's message as one line: some end with a newline, or have several. */
static void
one_line(const char *message, char *buf, size_t size)
{
	size_t n = strlcpy(buf, message, size);
	char *p;

	for (p = buf; *p; p++)
		if ((unsigned char)*p < ' ')
			*p = ' ';
	while (n && buf[n - 1] == ' ')
		buf[--n] = '\0';
}

/* Of a file that is not ours: it may have arrays that no stack can hold. */
static bool
on_boot_stack(uintptr_t esp)
{
	return (esp >= (uintptr_t)bootstack && esp <= (uintptr_t)bootstacktop)
		|| (esp >= KSTACKTOP - KSTKSIZE && esp <= KSTACKTOP);
}

bool
check_ending_words(const struct guard_report *r, char *buf, size_t size)
{
	struct Eipdebuginfo place;
	char why[160];

	debuginfo_eip(r->eip, &place);
#if FOREIGN
	place.eip_fn_name = foreign_name(place.eip_fn_name);
#endif
	switch (r->how) {
	case GUARD_PANIC:
		one_line(r->message, why, sizeof(why));
		snprintf(buf, size, "a panic: %s", why);
		return true;
	case GUARD_LOOP:
		snprintf(buf, size, "an endless loop%s, or one that takes too"
			 " long: it was in %s (%s:%d) when time ran out",
			 r->flags & FL_IF ? "" : " with interrupts off",
			 place.eip_fn_name, place.eip_file, place.eip_line);
		return true;
	case GUARD_TRAP:
		strlcpy(why, trapname(r->trapno), sizeof(why));
		if (r->trapno == T_PGFLT || r->trapno == T_DBLFLT)
			vm_explain(vm_current(), r->va, r->trapno == T_PGFLT
				   ? r->err : FEC_WR, why, sizeof(why));
		snprintf(buf, size, "a fault in %s: %s%s", place.eip_fn_name,
			 why, FOREIGN && r->trapno == T_PGFLT
			 && !on_boot_stack(r->esp) ? "; the stack had run out:"
			 " are there large arrays on it?" : "");
		return true;
	default:
		return false;
	}
}

void
expect_panic(const char *file, int line, const char *what, void (*fn)(void *),
	     void *arg)
{
	struct guard_report r;
	char words[200];

	if (guarded(fn, arg, &r) == GUARD_PANIC)
		return;
	loops += r.how == GUARD_LOOP;
	if (!check_ending_words(&r, words, sizeof(words)))
		strlcpy(words, "it returned", sizeof(words));
	check_fail(file, line, what, "%s", words);
}

void
expect_fault(const char *file, int line, const char *what, void (*fn)(void *),
	     uintptr_t va, uint32_t err)
{
	struct guard_report r;
	char words[200];

	if (guarded(fn, (void *)va, &r) == GUARD_TRAP && r.trapno == T_PGFLT
	    && r.va == va && r.err == err)
		return;
	if (!check_ending_words(&r, words, sizeof(words)))
		strlcpy(words, "no fault", sizeof(words));
	check_fail(file, line, what, "%s", words);
}

void
do_load(void *va)
{
	load32((uintptr_t)va);
}

void
do_store(void *va)
{
	store32((uintptr_t)va, 0);
}

void
do_free(void *pp)
{
	page_free(pp);
}

struct PageInfo *
check_frame(void)
{
	struct PageInfo *pp = page_alloc(0);

#if FOREIGN
	if (!pp && foreign_frames_used_up)
		check_skip("mem_init left no frame free");
#endif
	EXPECT_THAT(pp, "a frame from page_alloc(0)", "NULL");
	EXPECT_THAT(is_frame(pp), "an element of pages", "%p", (void *)pp);
	return pp;
}

struct PageInfo *
check_take(void)
{
	struct PageInfo *pp = check_frame();

	check_held(pp);
	return pp;
}

uint32_t
check_failures(void)
{
	return rules_failed;
}

const char *const check_kind_names[] = {
	[CHECK_RULE]	= "rule",
	[CHECK_ADVICE]	= "advice",
	[CHECK_OWN]	= "own",
};

/* --- Running one ------------------------------------------------------- */

static void
run_check(void *arg)
{
	(void)arg;
	current->run();
	check_cpu_note_flags();
}

/*
 * Which function the check had called when what r tells happened, and where, as
 * text behind the place of that; "" if it happened in the check's own file.
 */
static void
calling_place(const struct guard_report *r, const char *file, int line,
	      char *buf, size_t size)
{
	struct Eipdebuginfo check, place, called;
	size_t i, n = 0;

	buf[0] = '\0';
	debuginfo_eip((uintptr_t)current->run, &check);
	if (FOREIGN || strcmp(file, check.eip_file) == 0)
		return;
	for (i = 0; i < GUARD_TRACE && r->trace[i]; i++) {
		debuginfo_eip(r->trace[i], &place);
		if (strcmp(place.eip_file, check.eip_file) != 0) {
			called = place;
			continue;
		}
		if (i > 1 && called.eip_line != line)
			n = snprintf(buf, size, ", in %s at %s:%d",
				     called.eip_fn_name, called.eip_file,
				     called.eip_line);
		n = MIN(n, size - 1);
		snprintf(buf + n, size - n, ", called by the check at %s:%d",
			 place.eip_file, place.eip_line);
		return;
	}
}

static int
patience(void)
{
	if (current->flags & CHECK_LONG)
		return loops ? LESS_LONG : LONG_PATIENCE;
	if (!loops)
		return PATIENCE;
	return loops < MANY_LOOPS ? LESS_PATIENCE : LEAST_PATIENCE;
}

/* Run the current check; true if it held, as far as it can tell itself. */
static bool
run_guarded(void)
{
	struct Eipdebuginfo place;
	struct guard_report r;
	char words[200], cpu[80], caller[160];
	bool changed;

	skipped = NULL;
	guard_patience(patience());
	check_cpu_save();
	guarded(run_check, NULL, &r);
	changed = check_cpu_restore(cpu, sizeof(cpu));
	if (r.how == GUARD_LEFT)
		return skipped != NULL;	/* else it has said what was wrong */
	if (!check_ending_words(&r, words, sizeof(words))) {
		if (changed)
			report_after("the processor is left as it was found",
				     "%s", cpu);
		return !changed;
	}
	loops += r.how == GUARD_LOOP;
	if (r.how == GUARD_PANIC) {
		place.eip_file = r.file;
		place.eip_line = r.line;
	} else
		debuginfo_eip(r.eip, &place);
#if FOREIGN
	foreign_place(&r, &place);
#endif
	calling_place(&r, place.eip_file, place.eip_line, caller,
		      sizeof(caller));
	report("the check comes to its end", place.eip_file, place.eip_line,
	       caller, "%s", words);
	return false;
}

/* Each frame that was free must be so again, or be held by the check. */
static bool
frames_balance(void)
{
	char trouble[120];
	int missing;

	if (check_list_broken(trouble, sizeof(trouble))) {
		report_after("elements of pages on page_free_list, each once,"
			     " then NULL", "%s", trouble);
		return false;
	}
	missing = check_frames_missing();
	if (!missing)
		return true;
	report_after("no frame is lost, none appears",
		     "%d frame%s %s the free list than there should be",
		     missing < 0 ? -missing : missing,
		     missing == 1 || missing == -1 ? "" : "s",
		     missing > 0 ? "less on" : "more on");
	return false;
}

/* Does all that must always hold still hold, or at least as before? */
static bool
audit_holds(void)
{
	char text[160];

	if (!audit_finds_more(text, sizeof(text)))
		return true;
	report_after("the audit finds nothing new", "%s", text);
	return false;
}

static void
look(void *arg)
{
	bool (**fn)(void) = arg;

	if (!(*fn)())
		*fn = NULL;
}

/* Does fn find in order what the check left? Whatever that is: in a guard. */
static bool
in_order(bool (*fn)(void))
{
	struct guard_report r;
	char words[200];

	guarded(look, &fn, &r);
	if (!check_ending_words(&r, words, sizeof(words)))
		return fn != NULL;
	report_after("what the check left behind can be looked at", "%s",
		     words);
	return false;
}

static bool
run_one(const struct check *c)
{
	bool held;

	current = c;
	graded_line("run %s/%s %s %s", check_group_names[c->group], c->name, c->subject,
		    check_kind_names[c->kind]);
	state_begin_check();
	held = run_guarded() && (skipped || in_order(frames_balance));
	if (held)
		state_tidy();
	/* A long check may leave more behind. */
	if (held && audits && !(c->flags & CHECK_LONG))
		held = in_order(audit_holds);
	if (!held || !quick)
		state_restore();
	/* Do not blame the next check for what could not be restored. */
	if (!held && audits)
		audit_known();
	total_run++;
	total_failed += !held;
	rules_failed += !held && c->kind == CHECK_RULE;
	if (held && skipped)
		graded_line("skip %s/%s %s %s %s", check_group_names[c->group],
			    c->name, c->subject, check_kind_names[c->kind], skipped);
	else
		graded_line("%s %s/%s %s %s", held ? "ok" : "FAIL",
			    check_group_names[c->group], c->name, c->subject, check_kind_names[c->kind]);
	return held;
}

/* --- Choosing ---------------------------------------------------------- */

static bool
in_group(const struct check *c, enum check_group group)
{
#if FOREIGN
	if (!foreign_can_run(c))
		return false;
#endif
	return c->group == group && graded_wants(c);
}

static bool
is_called(const struct check *c, const char *name)
{
	return strcmp(c->name, name) == 0 || strcmp(c->subject, name) == 0;
}

/* Run the checks of a group, or those called name; how many ran and failed. */
static int
run_matching(enum check_group group, const char *name, int *failed)
{
	const struct check *c;
	size_t t;
	int run = 0;

	check_epoch++;
	check_outer_flags = read_eflags();
	quick = !FOREIGN && !thorough;
	state_save(quick);
	audits = thorough && kern_pgdir && audit_possible();
	if (audits)
		audit_known();
	for (t = 0; t < ARRAY_SIZE(tables); t++)
		for (c = tables[t]; c->name; c++) {
			if (!(name ? is_called(c, name) : in_group(c, group))
			    || ((c->flags & CHECK_LONG) && !thorough))
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

	run = run_matching(group, NULL, &failed);
	if (graded_selective())
		return !failed;
	if (failed || !run)
		cprintf("%s() FAILED: %d of %d checks\n", name, failed, run);
	else
		cprintf("%s() succeeded!\n", name);
	return run && !failed;
}

bool
check_run(const char *name)
{
	bool was = thorough;
	int failed = 0, run = 0;
	uint32_t cr3 = rcr3();
	size_t i;

	/* The current one may be an environment's; checks map in the kernel's. */
	if (!FOREIGN)
		lcr3(PADDR(kern_pgdir));
	thorough = true;
	for (i = 0; i < ARRAY_SIZE(groups); i++)
		if (!name || strcmp(name, check_group_names[groups[i]]) == 0)
			run += 1 + check_group(groups[i]);
	if (!run) {
		run = run_matching(NGROUPS, name, &failed);
		if (run)
			cprintf("%s %s: %d check%s\n", name, failed ? "FAILED"
				: "succeeded", run, run == 1 ? "" : "s");
	}
	thorough = was;
	if (!FOREIGN)
		lcr3(cr3);
	return run != 0;
}

/* --- With a grader ----------------------------------------------------- */

/* "plan": how many checks of c's subject and kind; once, for the first. */
static void
plan_like(const struct check *c)
{
	const struct check *other;
	uint32_t count = 0;
	size_t t;

	for (t = 0; t < ARRAY_SIZE(tables); t++)
		for (other = tables[t]; other->name; other++) {
			if (strcmp(other->subject, c->subject) != 0
			    || other->kind != c->kind || !graded_wants(other))
				continue;
			if (!count++ && other != c)
				return;
		}
	if (count)
		graded_line("plan %s %s %u", c->subject,
			    check_kind_names[c->kind], count);
}

#if FOREIGN
#define reached	NULL		/* test/solution/init.c calls check_group */
#else
/* mem_init and i386_init have come to a step: run the checks of it. */
static void
reached(const char *step)
{
	if (strcmp(step, "page_init") == 0) {
		check_group(GROUP_PAGE_FREE_LIST);
		check_group(GROUP_PAGE_ALLOC);
		check_group(GROUP_PAGE);
	} else if (strcmp(step, "map_kernel") == 0)
		check_group(GROUP_KERN_PGDIR);
	else if (strcmp(step, "installed") == 0) {
		check_group(GROUP_PAGE_FREE_LIST);
		check_group(GROUP_INSTALLED_PGDIR);
		check_graded_rest();
	}
}
#endif

void
check_init(void)
{
	const struct check *c;
	size_t t;

	guard_init();
	hooks.milestone = reached;

	thorough = graded_begin();
	for (t = 0; thorough && t < ARRAY_SIZE(tables); t++)
		for (c = tables[t]; c->name; c++)
			plan_like(c);
	if (thorough && !FOREIGN)
		check_group(groups[0]);
}

void
check_graded_rest(void)
{
	size_t i;

	if (!graded())
		return;
	for (i = NBEFORE; i < ARRAY_SIZE(groups); i++)
		check_group(groups[i]);
	graded_line("done %u %u", total_run, total_failed);
	thorough = false;
}
