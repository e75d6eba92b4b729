/*
 * A short program to single-step with the monitor's `step`: a breakpoint, one
 * system call by each entry (INT and SYSENTER), and a yield.
 */

#include <inc/lib.h>
#include <inc/x86.h>
#include <lib/syscall_entry.h>

/* A program must not see that it is single-stepped. */
static const char unseen[] = "the flags show no step\n";

void
umain(int argc, char **argv)
{
	breakpoint();
	syscall_int(SYS_getenvid, 0, 0, 0, 0, 0);
	syscall_best(SYS_getenvid, 0, 0, 0, 0);
	sys_yield();
	if (!(read_eflags() & FL_TF))
		sys_cputs(unseen, sizeof(unseen) - 1);
}
