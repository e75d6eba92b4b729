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
	int32_t (*best)(uint32_t number, uint32_t a1, uint32_t a2, uint32_t a3,
			uint32_t a4) = syscall_best;

	/* The entries alone; then as programs call them, by the library. */
	REPEAT("null_syscall_int", syscall_int(SYS_getenvid, 0, 0, 0, 0, 0));
	syscall_best = syscall_slow;
	REPEAT("null_call_int", sys_getenvid());
	syscall_best = best;
	if (best == syscall_fast) {
		REPEAT("null_syscall_fast",
		       syscall_fast(SYS_getenvid, 0, 0, 0, 0));
		REPEAT("null_call_fast", sys_getenvid());
	}
	REPEAT("yield_there_and_back", sys_yield());
}
