/*
 * Checks that interrupts are on, at the start and after each return from the
 * kernel. Tries to turn them off: by POPF, which ignores that (SDM 2B), and by
 * CLI, which faults.
 */

#include <inc/lib.h>
#include <inc/x86.h>
#include <lib/syscall_entry.h>

static void
expect_on(const char *when)
{
	if (!(read_eflags() & FL_IF))
		panic("interrupts are off %s", when);
}

void
umain(int argc, char **argv)
{
	expect_on("at the start");
	syscall_int(SYS_getenvid, 0, 0, 0, 0, 0);
	expect_on("after a system call by int");
	syscall_best(SYS_getenvid, 0, 0, 0, 0);
	expect_on("after a system call by sysenter");
	syscall_int(SYS_yield, 0, 0, 0, 0, 0);
	expect_on("after a yield by int");
	syscall_best(SYS_yield, 0, 0, 0, 0);
	expect_on("after a yield by sysenter");
	write_eflags(read_eflags() & ~FL_IF);
	expect_on("after popfl");
	write_eflags(read_eflags() | FL_IOPL_MASK);
	if (read_eflags() & FL_IOPL_MASK)
		panic("popfl changed IOPL");
	cli();
	cprintf("No interrupts any more!\n");
}
