/* The harness of the checks: runs them guarded, and tells what they found. */

#include <inc/stdio.h>
#include <inc/string.h>
#include <inc/trap.h>
#include <inc/x86.h>
#include <kern/check.h>
#include <kern/cpuid.h>
#include <kern/guard.h>
#include <kern/kdebug.h>
#include <kern/map.h>
#include <kern/page.h>
#include <kern/vmwalk.h>

static const struct check *const tables[] = {
	page_checks, pmap_checks, map_checks,
};

/* The check that runs now. */
static const struct check *current;

static void
report(const char *expected, const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	cprintf("FAIL %s/%s: %s\n    expected: %s\n    found:    ",
		current->group, current->name, current->rule, expected);
	va_start(ap, fmt);
	vcprintf(fmt, ap);
	va_end(ap);
	cprintf("\n    at %s:%d\n", file, line);
}

void
check_fail(const char *file, int line, const char *what, const char *fmt, ...)
{
	char found[160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(found, sizeof(found), fmt, ap);
	va_end(ap);
	report(what, file, line, "%s", found);
	guard_leave();
}

/* A trap in words, into buf. */
static void
trap_words(const struct guard_report *r, char *buf, size_t size)
{
	extern const char *trapname(int trapno);

	if (r->trapno == T_PGFLT)
		vm_explain(vm_current(), r->va, r->err, buf, size);
	else if (r->trapno == T_DBLFLT)
		vm_explain(vm_current(), r->va, FEC_WR, buf, size);
	else
		strlcpy(buf, trapname(r->trapno), size);
}

static void
run_check(void *arg)
{
	(void)arg;
	current->run();
}

/*
 * What a check may leave in disorder when it does not get to its end: the
 * frames at the front of the free list, from which it takes its own, the
 * directory's entries that it uses, the processor's features.
 *
 * To copy or count all frames around each check would take longer than the
 * check: so NFRONT of them are kept, and afterwards as many must be in front
 * of the one behind them.
 */
#define NFRONT	32

static const uintptr_t used_slots[] = { UTEMP, MMIOBASE };

static struct {
	struct PageInfo *front[NFRONT], contents[NFRONT];
	struct PageInfo *rest;		/* the list behind them */
	uint32_t n;
	pde_t pdes[ARRAY_SIZE(used_slots)];
	uintptr_t mmio_next;
	struct cpu_features features;
} saved;

static void
save_state(void)
{
	struct PageInfo *pp = page_free_list;
	size_t i;

	for (saved.n = 0; saved.n < NFRONT && pp; saved.n++) {
		saved.front[saved.n] = pp;
		saved.contents[saved.n] = *pp;
		pp = pp->pp_link;
	}
	saved.rest = pp;
	for (i = 0; i < ARRAY_SIZE(used_slots); i++)
		saved.pdes[i] = kern_pgdir[PDX(used_slots[i])];
	saved.mmio_next = mmio_next;
	saved.features = cpu_features;
}

static void
restore_state(void)
{
	size_t i;

	for (i = 0; i < saved.n; i++)
		*saved.front[i] = saved.contents[i];
	page_free_list = saved.n ? saved.front[0] : NULL;
	page_forget_poison(saved.front, saved.n);
	for (i = 0; i < ARRAY_SIZE(used_slots); i++)
		kern_pgdir[PDX(used_slots[i])] = saved.pdes[i];
	mmio_next = saved.mmio_next;
	cpu_features = saved.features;
	lcr3(rcr3());
}

static uint32_t
frames_before(const struct PageInfo *mark)
{
	const struct PageInfo *pp;
	uint32_t n = 0;

	/* Bounded: a broken list may be a ring. */
	for (pp = page_free_list; pp && pp != mark && n <= npages;
	     pp = pp->pp_link)
		n++;
	return n;
}

/* Run the current check; true if it held. */
static bool
run_guarded(void)
{
	struct Eipdebuginfo place;
	struct guard_report r;
	char words[160];
	uint32_t ahead;

	switch (guarded(run_check, NULL, &r)) {
	case GUARD_LEFT:
		return false;		/* it has said what was wrong */
	case GUARD_PANIC:
		report("no panic", r.file, r.line, "panic: %s", r.message);
		return false;
	case GUARD_TRAP:
		trap_words(&r, words, sizeof(words));
		debuginfo_eip(r.eip, &place);
		report("no fault", place.eip_file, place.eip_line,
		       "in %s: %s", place.eip_fn_name, words);
		return false;
	}
	ahead = frames_before(saved.rest);
	if (ahead == saved.n)
		return true;
	report("as many free frames after it as before", __FILE__, __LINE__,
	       "%d more", (int)(ahead - saved.n));
	return false;
}

static bool
run_one(const struct check *c)
{
	bool held;

	current = c;
	save_state();
	held = run_guarded();
	if (!held)
		restore_state();
	return held;
}

/* Run what `name` matches; counts into *failed and returns how many ran. */
static int
run_matching(const char *name, bool groups_only, int *failed)
{
	const struct check *c;
	size_t t;
	int run = 0;

	for (t = 0; t < ARRAY_SIZE(tables); t++)
		for (c = tables[t]; c->name; c++) {
			if (strcmp(name, c->group) != 0
			    && (groups_only || strcmp(name, c->name) != 0))
				continue;
			run++;
			*failed += !run_one(c);
		}
	return run;
}

bool
check_group(const char *group)
{
	int failed = 0, run = run_matching(group, true, &failed);

	if (failed || !run)
		cprintf("%s() FAILED: %d of %d checks\n", group, failed, run);
	else
		cprintf("%s() succeeded!\n", group);
	return run && !failed;
}

bool
check_run(const char *name)
{
	static const char *const groups[] = {
		"check_page_free_list", "check_page_alloc", "check_page",
		"check_kern_pgdir", "check_page_installed_pgdir",
	};
	int failed = 0, run;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(groups); i++) {
		if (name && strcmp(name, groups[i]) != 0)
			continue;
		check_group(groups[i]);
		if (name)
			return true;
	}
	if (!name)
		return true;
	run = run_matching(name, false, &failed);
	if (run)
		cprintf("%s %s\n", name, failed ? "FAILED" : "succeeded");
	return run != 0;
}

void
expect_panic(const char *file, int line, const char *what, void (*fn)(void *),
	     void *arg)
{
	struct guard_report r;
	char words[160];

	switch (guarded(fn, arg, &r)) {
	case GUARD_PANIC:
		return;
	case GUARD_TRAP:
		trap_words(&r, words, sizeof(words));
		check_fail(file, line, what, "a fault: %s", words);
	default:
		check_fail(file, line, what, "it returned");
	}
}

void
expect_fault(const char *file, int line, const char *what, void (*fn)(void *),
	     uintptr_t va, uint32_t err)
{
	struct guard_report r;

	switch (guarded(fn, (void *)va, &r)) {
	case GUARD_TRAP:
		if (r.trapno == T_PGFLT && r.va == va && r.err == err)
			return;
		check_fail(file, line, what, "trap %u at 0x%08x, error code"
			   " 0x%x", r.trapno, r.va, r.err);
	case GUARD_PANIC:
		check_fail(file, line, what, "a panic: %s", r.message);
	default:
		check_fail(file, line, what, "no fault");
	}
}

/* --- Frames for checks ------------------------------------------------- */

uint32_t
count_free(void)
{
	return frames_before(NULL);
}

struct PageInfo *
take_free_list(void)
{
	struct PageInfo *list = page_free_list;

	page_free_list = NULL;
	return list;
}

void
give_free_list(struct PageInfo *list)
{
	struct PageInfo **tail = &page_free_list;

	/* Frames that were freed meanwhile stay in front. */
	while (*tail)
		tail = &(*tail)->pp_link;
	*tail = list;
}
