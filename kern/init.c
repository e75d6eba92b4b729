/* What starts, in which order; and how the kernel stops: panic, warn. */
#include <inc/stdio.h>
#include <kern/init.h>

/*
 * Call down to depth 0, show the stack there, and come back: a backtrace with
 * known contents, so that anyone can check theirs at boot. Not inlined and
 * not cloned, or there would be no frames to see.
 */
KEEP_FRAME void
test_backtrace(int x)
{
	cprintf("test_backtrace(%d) begins\n", x);
	if (x > 0)
		test_backtrace(x - 1);
	else
		mon_backtrace(0, NULL, NULL);
	cprintf("test_backtrace(%d) ends\n", x);
}

/* entry.S calls this on the boot stack, with its own page tables loaded. */
KEEP_FRAME void
i386_init(void)
{
	cons_init();			/* from here on cprintf is heard */
	cprintf("6828 decimal is %o octal!\n", 6828);
	cpuid_init();			/* what this processor can do */
	trap_init();			/* faults end in words */
	pic_init();			/* interrupts away from exceptions */
	lapic_init(early_map, early_unmap); /* and through to the processor */
	timer_init();			/* what does not end, is ended */
	test_backtrace(5);
	check_begin();			/* is a grader listening? */
	BENCH_MEASURE(mem_init, mem_init()); /* memory: map, frames, tables */
	env_init();			/* slots for environments */
	fpu_init();			/* x87 and SSE, for users */
	syscall_init();			/* SYSENTER's way in */
	call_on_stack(KSTACKTOP, on_kernel_stack);
}

/* The stack at KSTACKTOP has a gap below it: an overflow is caught there. */
void
on_kernel_stack(void)
{
	mem_check_installed();
	check_graded_rest();
#if BENCH
	bench_run();
#endif
#ifdef TEST
	/* make run-NAME: TEST is user_NAME. */
	if (program_start(TEXT_OF(TEST) + strlen("user_")) == 0)
		sched_yield();
#endif
	for (;;)
		monitor(NULL);
}

/* The file of a panic whose backtrace is being printed, or NULL. */
static const char *panicking;

/*
 * Something impossible was found: say what, show the way here, and give the
 * user the monitor. Never returns. Inside a guard (a check that expects it),
 * it ends that check only.
 */
void
_panic(const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	guard_caught_panic(file, line, fmt, ap);
	vcprintf_at("kernel panic", file, line, fmt, ap);
	va_end(ap);

	if (panicking)
		cprintf("(while telling of the panic in %s)\n", panicking);
	else {
		panicking = file;
		backtrace_here();
	}
	panicking = NULL;
	user_abandon();
	for (;;)
		monitor(NULL);
}

/* Like panic, but goes on afterwards. */
void
_warn(const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vcprintf_at("kernel warning", file, line, fmt, ap);
	va_end(ap);
	backtrace_here();
}
