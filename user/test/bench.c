/*
 * Measures the cost of system calls in instructions, where the time-stamp
 * counter counts instructions (make bench). Runs beside yielder, which only
 * yields.
 */

#include <inc/icount.h>
#include <inc/lib.h>
#include <lib/syscall_entry.h>

#define TIMES	1000

#define REPEAT(name, statement)						\
	cprintf("BENCH %s %u %u\n", name, COUNT_REPEATED(TIMES, statement), \
		TIMES)

void
umain(int argc, char **argv)
{
	bool fast = syscall_best == syscall_fast;

	/* The entries alone; then as programs call them, by the library. */
	REPEAT("null_syscall_int", syscall_int(SYS_getenvid, 0, 0, 0, 0, 0));
	syscall_short = syscall_short_slow;
	REPEAT("null_call_int", sys_getenvid());
	if (fast) {
		syscall_short = syscall_short_fast;
		REPEAT("null_syscall_fast",
		       syscall_fast(SYS_getenvid, 0, 0, 0, 0));
		REPEAT("null_call_fast", sys_getenvid());
	}
	REPEAT("yield_there_and_back", sys_yield());
}
