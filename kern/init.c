/* Kernel start-up, in order. */
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
	trap_init(double_fault);	/* report faults */
	monitor_init();			/* enter the monitor after them */
	pic_init();			/* move IRQs off the exceptions */
	lapic_init(early_map, early_unmap); /* and let them through */
	timer_init();			/* tick, to end endless loops */
	test_backtrace(5);
	watch_init();			/* checks, benchmark, grader */
	mem_init();			/* memory: map, frames, tables */
	env_init();			/* slots for environments */
	fpu_init();			/* x87 and SSE, for users */
	syscall_init();			/* SYSENTER's way in */
	call_on_stack(KSTACKTOP, on_kernel_stack);
}

/* The stack at KSTACKTOP has a gap below it: an overflow is caught there. */
void
on_kernel_stack(void)
{
	milestone("installed");
	milestone("started");
#ifdef TEST
	/* make run-NAME: TEST is user_NAME. */
	if (program_start(TEXT_OF(TEST) + strlen("user_")) == 0)
		sched_yield();
#endif
	for (;;)
		monitor(NULL);
}
