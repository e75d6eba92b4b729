/*
 * A page fault to single-step through with the monitor's `step`: into the upcall
 * and the handler, which allocates the page, and back to the same instruction.
 * The program must not see that it is stepped.
 */

#include <inc/lib.h>
#include <inc/x86.h>

#define PLACE		((volatile char *)0xA00000)

static bool seen;

static void
give_page(struct UTrapframe *utf)
{
	int r;

	seen = (utf->utf_eflags & FL_TF) != 0;
	r = sys_page_alloc(0, ROUNDDOWN((void *)utf->utf_fault_va, PGSIZE),
			   PTE_P | PTE_U | PTE_W);
	if (r < 0)
		panic("no page: %e", r);
}

void
umain(int argc, char **argv)
{
	set_pgfault_handler(give_page);
	breakpoint();
	*PLACE = 1;
	/* This push faults, too, and is not to be taken for a stored flag. */
	sys_page_unmap(0, (void *)PLACE);
	__asm__ volatile("movl %%esp, %%ebx; movl %0, %%esp; pushfl; popl %%eax;"
			 "movl %%ebx, %%esp"
			 : : "r" (PLACE + 8) : "eax", "ebx", "memory");
	if (!seen && *PLACE == 0 && !(read_eflags() & FL_TF))
		cprintf("the handler saw no step\n");
}
