/* Handles a page fault by printing it, and exiting. */

#include <inc/lib.h>
#include <inc/x86.h>

static void
print_and_exit(struct UTrapframe *utf)
{
	cprintf("i faulted at va %x, err %x\n", utf->utf_fault_va,
		utf->utf_err & (FEC_PR | FEC_WR | FEC_U));
	exit();
}

void
umain(int argc, char **argv)
{
	set_pgfault_handler(print_and_exit);
	store32(0xDEADBEEF, 0);
}
