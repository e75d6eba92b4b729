/*
 * Has interrupts on from the start, and after each way back from the kernel.
 * Turns them off: quietly, which is quietly ignored (SDM 2B, POPF), and
 * then loudly.
 */

#include <inc/lib.h>
#include <inc/x86.h>
#include <lib/syscall.h>

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
	syscall_way(SYS_getenvid, 0, 0, 0, 0);
	expect_on("after a system call by sysenter");
	syscall_int(SYS_yield, 0, 0, 0, 0, 0);
	expect_on("after a turn given away by int");
	syscall_way(SYS_yield, 0, 0, 0, 0);
	expect_on("after a turn given away by sysenter");
	write_eflags(read_eflags() & ~FL_IF);
	expect_on("after popfl");
	write_eflags(read_eflags() | FL_IOPL_MASK);
	if (read_eflags() & FL_IOPL_MASK)
		panic("popfl gave us the right to I/O");
	cli();
	cprintf("No interrupts any more!\n");
}
