/*
 * Children that have a handler, but no exception stack to run it on: not mapped,
 * read-only, copy-on-write, or full. Each one's page fault ends it, and the
 * kernel says why.
 */

#include <inc/lib.h>

#define XSTACK		((void *)(UXSTACKTOP - PGSIZE))
#define NOWHERE		((volatile char *)0xA00000)

static void
unmap_it(void)
{
	sys_page_unmap(0, XSTACK);
}

static void
protect_it(void)
{
	sys_page_map(0, XSTACK, 0, XSTACK, PTE_P | PTE_U);
}

static void
share_it(void)
{
	sys_page_map(0, XSTACK, 0, XSTACK, PTE_P | PTE_U | PTE_COW);
}

/* A handler that needs itself for each of its calls. */
static void
fault_again(struct UTrapframe *utf)
{
	(void)NOWHERE[utf->utf_esp % PGSIZE];
}

static void
fill_it(void)
{
	set_pgfault_handler(fault_again);
}

static void
child(const char *what, void (*spoil)(void))
{
	envid_t id = fork();

	if (id < 0)
		panic("fork: %e", id);
	if (id) {
		wait(id);
		return;
	}
	cprintf("[%08x] the exception stack %s\n", thisenv->env_id, what);
	spoil();
	(void)*NOWHERE;
	cprintf("I read it!\n");
}

void
umain(int argc, char **argv)
{
	envid_t me = sys_getenvid();
	static const struct {
		const char *what;
		void (*spoil)(void);
	} ways[] = {
		{ "is not mapped", unmap_it },
		{ "is read-only", protect_it },
		{ "is copy-on-write", share_it },
		{ "is full", fill_it },
	};
	int i;

	for (i = 0; i < 4 && sys_getenvid() == me; i++)
		child(ways[i].what, ways[i].spoil);
}
