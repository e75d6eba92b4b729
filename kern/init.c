/* Kernel start-up, in order. */
#include <inc/stdio.h>
#include <kern/init.h>
#include <kern/nmi.h>

/*
 * Recurse to depth 0, print a backtrace, and return: a stack with known
 * contents, to check the backtrace at boot. Inlining or cloning would remove
 * frames.
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

/* Called by entry.S, on the boot stack and with the first page tables. */
KEEP_FRAME void
i386_init(void)
{
	cons_init();			/* cprintf works from here on */
	cprintf("6828 decimal is %o octal!\n", 6828);
	cpuid_init();			/* identify the processor */
	monitor_init();			/* panics enter the monitor */
	trap_init(double_fault);	/* faults, too, after a report */
	pic_init();			/* move IRQs off the exceptions */
	lapic_init(early_map, early_unmap); /* pass IRQs to the CPU */
	timer_init();			/* tick, to stop endless loops */
	test_backtrace(5);
	watch_init();			/* checks, benchmark, grader */
	mem_init();			/* memory: frames, page tables */
	call_on_stack(KSTACKTOP, on_kernel_stack);
}

/*
 * The stack at KSTACKTOP has a gap below it, so that an overflow faults. The
 * boot stack has none any more: the kernel's directory shows all memory.
 */
void
on_kernel_stack(void)
{
	env_init();			/* slots for environments */
	fpu_init();			/* x87 and SSE, for users */
	syscall_init();			/* SYSENTER */
	syscall_repeat_init();		/* calls that wait for memory */
	milestone("installed");
	swap_init();			/* pages on disk, if there is one */
	milestone("started");
#ifdef TEST
	/* make run-NAME: TEST is user_NAME. */
	nmi_begin();
	if (program_start(TEXT_OF(TEST) + strlen("user_")) == 0)
		sched_yield();
	nmi_end();
#endif
	for (;;)
		monitor(NULL);
}
