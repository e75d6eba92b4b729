/*
 * A page fault to single-step through with the monitor's `step`: the program
 * must see no step, neither in its flags nor in those that the handler gets.
 */

#include <inc/lib.h>
#include <inc/x86.h>

static const char unseen[] = "the flags show no step\n";
static volatile bool seen;

static void
give_page(struct UTrapframe *utf)
{
	void *page = (void *)ROUNDDOWN(utf->utf_fault_va, PGSIZE);

	if (utf->utf_eflags & FL_TF)
		seen = true;
	sys_page_alloc(0, page, PTE_P | PTE_U | PTE_W);
}

void
umain(int argc, char **argv)
{
	set_pgfault_handler(give_page);
	breakpoint();
	store32(0x20000000, 1);
	if (read_eflags() & FL_TF)
		seen = true;
	if (!seen)
		sys_cputs(unseen, sizeof(unseen) - 1);
}
