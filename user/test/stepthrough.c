/*
 * Two page faults to single-step through with the monitor's `step`: into the
 * upcall and the handler, which allocates the page, and back to the instruction
 * that faulted. The first one stores a byte, the second one pushes the flags.
 * The program must not see that it is stepped.
 */

#include <inc/lib.h>
#include <inc/x86.h>

#define PLACE		((volatile char *)0xA00000)
/* TF is one of the address's bits, to see that it is not cleared there. */
#define STACK		((uint32_t *)(PLACE + 8 + FL_TF))

static const char unseen[] = "the faults show no step\n";
static uint32_t flags, last_va;

static void
give_page(struct UTrapframe *utf)
{
	int r;

	flags |= utf->utf_eflags | read_eflags();
	last_va = utf->utf_fault_va;
	r = sys_page_alloc(0, ROUNDDOWN((void *)last_va, PGSIZE),
			   PTE_P | PTE_U | PTE_W);
	if (r < 0)
		panic("no page: %e", r);
}

/* Push the flags onto a stack that begins at sp, and return them. */
static uint32_t
flags_by_stack(uint32_t *sp)
{
	uint32_t found, esp;

	__asm__ volatile("movl %%esp, %1; movl %2, %%esp; pushfl; popl %0;"
			 "movl %1, %%esp"
			 : "=&r" (found), "=&r" (esp) : "r" (sp) : "memory");
	return found;
}

void
umain(int argc, char **argv)
{
	set_pgfault_handler(give_page);
	breakpoint();
	*PLACE = 1;
	sys_page_unmap(0, (void *)PLACE);
	flags |= flags_by_stack(STACK);
	flags |= read_eflags();
	if (!(flags & FL_TF) && last_va == (uint32_t)(STACK - 1)
	    && *PLACE == 0)
		sys_cputs(unseen, sizeof(unseen) - 1);
}
