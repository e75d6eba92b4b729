/*
 * What system calls cost, in instructions, where the time-stamp counter counts
 * them (make bench). Runs beside yielder, which does nothing but yield.
 */

#include <inc/count.h>
#include <inc/lib.h>
#include <lib/syscall.h>

#define TIMES	1000

#define REPEAT(name, statement)						\
	cprintf("BENCH %s %u %u\n", name, COUNT_REPEATED(TIMES, statement), \
		TIMES)

void
umain(int argc, char **argv)
{
	REPEAT("null_syscall_int", syscall_int(SYS_getenvid, 0, 0, 0, 0, 0));
	if (syscall_way == syscall_fast)
		REPEAT("null_syscall_fast",
		       syscall_fast(SYS_getenvid, 0, 0, 0, 0));
	REPEAT("yield_there_and_back", sys_yield());
}
