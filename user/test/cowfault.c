/*
 * The child removes the handler that fork has set, and writes to a page that is
 * copied when written: the kernel's report must explain that.
 */

#include <inc/lib.h>

static char page[PGSIZE] __attribute__((aligned(PGSIZE))) = "the parent's";

void
umain(int argc, char **argv)
{
	envid_t child = fork();

	if (child < 0)
		panic("fork: %e", child);
	if (child == 0) {
		sys_env_set_pgfault_upcall(0, NULL);
		page[0] = 'T';
		cprintf("The page was written!\n");
		return;
	}
	wait(child);
	cprintf("%s\n", page);
}
