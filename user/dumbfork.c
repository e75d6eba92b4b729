/*
 * Creates a child the simple way: every page is copied at once. Parent and child
 * take turns; each prints what it is, the child twice as often. No handler, and
 * no function of the library's fork: only exofork and the calls for pages.
 */

#include <inc/lib.h>

#define RIGHTS	(PTE_P | PTE_U | PTE_W)

extern char end[];

static void
demand(const char *what, int r)
{
	if (r < 0)
		panic("%s: %e", what, r);
}

/* Give the child a copy of our page at va. UTEMP shows us the copy meanwhile. */
static void
copy_page(envid_t child, void *va)
{
	demand("page_alloc", sys_page_alloc(child, va, RIGHTS));
	demand("page_map", sys_page_map(child, va, 0, UTEMP, RIGHTS));
	memcpy(UTEMP, va, PGSIZE);
	demand("page_unmap", sys_page_unmap(0, UTEMP));
}

static envid_t
dumb_fork(void)
{
	envid_t child = sys_exofork();
	uintptr_t va;

	demand("exofork", child);
	if (child == 0) {
		thisenv = &envs[ENVX(sys_getenvid())];
		return 0;
	}
	for (va = UTEXT; va < (uintptr_t)end; va += PGSIZE)
		copy_page(child, (void *)va);
	copy_page(child, (void *)(USTACKTOP - PGSIZE));
	demand("env_set_status", sys_env_set_status(child, ENV_RUNNABLE));
	return child;
}

void
umain(int argc, char **argv)
{
	envid_t child = dumb_fork();
	int i;

	for (i = 0; i < (child ? 10 : 20); i++) {
		cprintf("%d: I am the %s.\n", i, child ? "parent" : "child");
		sys_yield();
	}
}
