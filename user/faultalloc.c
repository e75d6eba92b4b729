/*
 * Reads two strings that are not there. The handler allocates the page of each
 * fault, and writes a string to the address; the second one crosses into another
 * page, and faults once more, in the handler.
 */

#include <inc/lib.h>

static void
give_page(struct UTrapframe *utf)
{
	void *va = (void *)utf->utf_fault_va;
	int r;

	cprintf("fault %x\n", va);
	r = sys_page_alloc(0, ROUNDDOWN(va, PGSIZE), PTE_P | PTE_U | PTE_W);
	if (r < 0)
		panic("no page for the fault at %x: %e", va, r);
	snprintf(va, 100, "this string was faulted in at %x", va);
}

void
umain(int argc, char **argv)
{
	set_pgfault_handler(give_page);
	cprintf("%s\n", (char *)0xDEADBEEF);
	cprintf("%s\n", (char *)0xCAFEBFFE);
}
