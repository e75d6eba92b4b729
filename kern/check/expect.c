/*
 * What a check says: that it failed, what it expected and what it found, or
 * why it does not apply.
 */

#include <inc/error.h>
#include <inc/stdio.h>
#include <inc/string.h>
#include <inc/trap.h>
#include <inc/x86.h>
#include <kern/check/expect.h>
#include <kern/check/grader.h>
#include <kern/check/interface.h>
#include <kern/check/tables.h>
#include <kern/kdebug.h>
#include <kern/sections.h>
#include <kern/trapframe.h>
#include <kern/vmwalk.h>

uint32_t expect_loops;

/* The check that runs, and the reason it gave to check_skip. */
static const struct check *current;
static const char *skipped;

void
expect_begin(const struct check *c)
{
	current = c;
	skipped = NULL;
}

const char *
expect_skipped(void)
{
	return skipped;
}

/* --- Failures ---------------------------------------------------------- */

/* more: text after the place. */
static void
report(const char *expected, const char *found, const char *file, int line,
       const char *more)
{
	cprintf("FAIL %s/%s: %s\n    expected: %s\n    found:    %s\n"
		"    at %s:%d%s\n", check_group_names[current->group],
		current->name, current->rule, expected, found, file, line,
		more);
}

void
expect_failed(const char *expected, const char *fmt, ...)
{
	struct Eipdebuginfo place;
	char found[200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(found, sizeof(found), fmt, ap);
	va_end(ap);
	debuginfo_eip((uintptr_t)current->run, &place);
	report(expected, found, place.eip_file, place.eip_line, "");
}

void
check_fail(const char *file, int line, const char *what, const char *fmt, ...)
{
	char found[200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(found, sizeof(found), fmt, ap);
	va_end(ap);
	report(what, found, file, line, "");
	guard_leave();
}

const char *
check_error_name(int32_t result)
{
	static const char *const names[MAXERROR] = {
		[E_UNSPECIFIED] = "-E_UNSPECIFIED", [E_BAD_ENV] = "-E_BAD_ENV",
		[E_INVAL] = "-E_INVAL", [E_NO_MEM] = "-E_NO_MEM",
		[E_NO_FREE_ENV] = "-E_NO_FREE_ENV", [E_FAULT] = "-E_FAULT",
		[E_IPC_NOT_RECV] = "-E_IPC_NOT_RECV",
		[E_NOT_EXEC] = "-E_NOT_EXEC",
	};

	return result < 0 && result > -MAXERROR ? names[-result] : NULL;
}

void
check_fail_eq(const char *file, int line, const char *a, const char *b,
	      uint32_t is, uint32_t should)
{
	const char *error = check_error_name(is);
	char what[160];

	snprintf(what, sizeof(what), "%s == %s, that is 0x%x", a, b, should);
	/* -1 is as often a mask or an address. */
	if (error && is != (uint32_t)-1)
		check_fail(file, line, what, "0x%x (%s)", is, error);
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
	grader_line("note %s", text);
}

/* --- What ended a guarded function -------------------------------------- */

/* Copy a panic's message as one line: some contain newlines. */
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

/* False if a foreign file has arrays that no stack can hold. */
static bool
on_boot_stack(uintptr_t esp)
{
	return (esp >= (uintptr_t)bootstack && esp <= (uintptr_t)bootstacktop)
		|| (esp >= KSTACKTOP - KSTKSIZE && esp <= KSTACKTOP);
}

bool
check_ending_words(const struct guard_report *r, char *buf, size_t size)
{
	bool overflowed = FOREIGN && r->trapno == T_PGFLT
		&& !on_boot_stack(r->esp);
	struct Eipdebuginfo place;
	char why[160];

	debuginfo_eip(r->eip, &place);
	place.eip_fn_name = foreign_name(place.eip_fn_name);
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
			 why, overflowed ? "; the stack had overflowed: are"
			 " there large arrays on it?" : "");
		return true;
	default:
		return false;
	}
}

/*
 * Describe the function under test and its call site, as text to append after
 * the place of r. Empty if r happened in the check's own file.
 */
static void
describe_call(const struct guard_report *r, const char *file, int line,
	      char *buf, size_t size)
{
	struct Eipdebuginfo check, place, called = { 0 };
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

void
expect_ended(const struct guard_report *r, const char *words)
{
	struct Eipdebuginfo place;
	char call[160];

	expect_loops += r->how == GUARD_LOOP;
	if (r->how == GUARD_PANIC) {
		place.eip_file = r->file;
		place.eip_line = r->line;
	} else
		debuginfo_eip(r->eip, &place);
	foreign_place(r, &place);
	describe_call(r, place.eip_file, place.eip_line, call, sizeof(call));
	report("the check finishes", words, place.eip_file, place.eip_line,
	       call);
}

/* --- Panics and faults that must happen --------------------------------- */

void
expect_panic(const char *file, int line, const char *what, void (*fn)(void *),
	     void *arg)
{
	struct guard_report r;
	char words[200];

	if (guarded(fn, arg, &r) == GUARD_PANIC)
		return;
	expect_loops += r.how == GUARD_LOOP;
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
