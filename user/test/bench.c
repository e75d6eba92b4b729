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
	REPEAT("null_syscall_int", syscall_int(SYS_getenvid, 0, 0, 0, 0, 0));
	if (syscall_best == syscall_fast)
		REPEAT("null_syscall_fast",
		       syscall_fast(SYS_getenvid, 0, 0, 0, 0));
	REPEAT("yield_there_and_back", sys_yield());
}
