/* Faults with an upcall that is not mapped. */

#include <inc/lib.h>
#include <inc/x86.h>

void
umain(int argc, char **argv)
{
	int r = sys_page_alloc(0, (void *)(UXSTACKTOP - PGSIZE),
			       PTE_P | PTE_U | PTE_W);

	if (r < 0)
		panic("no exception stack: %e", r);
	sys_env_set_pgfault_upcall(0, (void *)0xDEADBEEF);
	store32(0, 0);
}
