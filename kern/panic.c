/*
 * Panic and warn; and how far start-up has come.
 *
 * The lowest file of the kernel proper: every other one may panic. It reaches
 * checks and the monitor only through hooks.
 */

#include <inc/assert.h>
#include <inc/string.h>
#include <inc/x86.h>
#include <kern/dev/console.h>
#include <kern/hooks.h>

struct hooks hooks;

/*
 * Print the message and its place, then enter the monitor; never returns. If
 * the panic happens in a check, end that check instead.
 */
void
_panic(const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (hooks.panicked)
		hooks.panicked(file, line, fmt, ap);
	vcprintf_at("kernel panic", file, line, fmt, ap);
	va_end(ap);
	if (hooks.failed)
		hooks.failed(file);
	halt_forever();
}

/* The steps of start-up, in order: calls of milestone(). */
static const char *const steps[] = {
	"mem_init", "structures", "page_init", "map_kernel", "mem_init_done",
	"installed", "started",
};

bool
milestone_reached(const char *step)
{
	bool at_or_after = false;
	size_t i;

	for (i = 0; hooks.reached && i < ARRAY_SIZE(steps); i++) {
		at_or_after |= strcmp(steps[i], step) == 0;
		if (strcmp(steps[i], hooks.reached) == 0)
			return at_or_after;
	}
	return false;
}

/* Print a message with its place, and continue. */
void
_warn(const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vcprintf_at("kernel warning", file, line, fmt, ap);
	va_end(ap);
}
