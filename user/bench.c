/*
 * What system calls cost, in instructions, where the time-stamp counter counts
 * them (make bench). Runs beside yielder, which does nothing but yield.
 */

#include <inc/lib.h>
#include <inc/x86.h>
#include <lib/syscall.h>

#define TIMES	1000

/* The loop alone, to be subtracted: counted in memory, so that it is the same. */
#define REPEAT(name, statement) do {					\
	volatile uint32_t i_;						\
	uint64_t start_, empty_, full_;					\
	start_ = read_tsc();						\
	for (i_ = 0; i_ < TIMES; i_++)					\
		/* nothing */;						\
	empty_ = read_tsc() - start_;					\
	start_ = read_tsc();						\
	for (i_ = 0; i_ < TIMES; i_++)					\
		statement;						\
	full_ = read_tsc() - start_;					\
	cprintf("BENCH %s %u %u\n", name, (uint32_t)(full_ - empty_), TIMES); \
} while (0)

void
umain(int argc, char **argv)
{
	REPEAT("null_syscall_int", syscall_int(SYS_getenvid, 0, 0, 0, 0, 0));
	if (syscall_way == syscall_fast)
		REPEAT("null_syscall_fast",
		       syscall_fast(SYS_getenvid, 0, 0, 0, 0));
	REPEAT("yield_there_and_back", sys_yield());
}
