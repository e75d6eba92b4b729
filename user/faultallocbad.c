/*
 * Prints a string that is not there by a system call. The handler would allocate
 * its page; but a system call does not call handlers, and the kernel ends us.
 */

#include <inc/lib.h>

static void
give_page(struct UTrapframe *utf)
{
	void *page = (void *)ROUNDDOWN(utf->utf_fault_va, PGSIZE);
	int r;

	cprintf("fault %x\n", utf->utf_fault_va);
	if ((r = sys_page_alloc(0, page, PTE_P | PTE_U | PTE_W)) < 0)
		panic("no page for the fault at %x: %e", utf->utf_fault_va, r);
}

void
umain(int argc, char **argv)
{
	set_pgfault_handler(give_page);
	sys_cputs((char *)0xDEADBEEF, 4);
	cprintf("Nobody noticed!\n");
}
