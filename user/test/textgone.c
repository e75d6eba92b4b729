/*
 * A parent unmaps a text while its child prints it. The child must end at the
 * first byte that is missing, and nothing else.
 */

#include <inc/lib.h>

#define TEXT	((char *)0x10000000)

void
umain(int argc, char **argv)
{
	envid_t child;
	int r;

	r = sys_page_alloc(0, TEXT, PTE_P | PTE_U | PTE_W);
	if (r < 0)
		panic("sys_page_alloc: %e", r);
	memset(TEXT, '.', PGSIZE);
	child = fork();
	if (child < 0)
		panic("fork: %e", child);
	if (child == 0) {
		sys_cputs(TEXT, PGSIZE);
		cprintf("the whole text was printed\n");
		return;
	}
	/* The kernel prints a long text in pieces, and yields in between. */
	sys_yield();
	r = sys_page_unmap(child, TEXT);
	wait(child);
	cprintf("its text was gone (%d)\n", r);
}
