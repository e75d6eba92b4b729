/*
 * Fills more pages than may be in memory, and stops in the monitor twice: first
 * alone, with pages on disk; then beside a child that reads them all, without
 * end. For the monitor's commands, after `swap frames 16`.
 */

#include <inc/lib.h>
#include <inc/x86.h>

#define PAGES	40
#define AT	((volatile uint32_t (*)[PGSIZE / 4])0x10000000)
#define AGAIN	((void *)0x20000000)	/* the first page, read-only */
#define PATIENCE	2000	/* milliseconds */
#define RW	(PTE_P | PTE_U | PTE_W)

static void
need(int result, const char *what)
{
	if (result < 0)
		panic("%s: %e", what, result);
}

static void NORETURN
read_all(void)
{
	uint32_t i;

	for (;;)
		for (i = 0; i < PAGES; i++)
			if (AT[i][0] != i)
				panic("page %u has %08x", i, AT[i][0]);
}

/*
 * Return at the beginning of a wait of the child, which waits for pages only; or
 * after a while, because a disk may be too fast to be seen.
 */
static void
until_it_waits(envid_t child)
{
	const volatile struct Env *e = &envs[ENVX(child)];
	uint32_t runs = e->env_runs, start = sys_time_msec();

	while ((e->env_runs == runs || e->env_status != ENV_NOT_RUNNABLE)
	       && sys_time_msec() - start < PATIENCE)
		sys_yield();
}

void
umain(int argc, char **argv)
{
	envid_t child;
	uint32_t i;

	(void)argc, (void)argv;
	for (i = 0; i < PAGES; i++) {
		need(sys_page_alloc(0, (void *)AT[i], RW), "sys_page_alloc");
		AT[i][0] = i;
		if (i == 0)
			need(sys_page_map(0, (void *)AT[0], 0, AGAIN,
					  PTE_P | PTE_U), "sys_page_map");
	}
	breakpoint();
	need(child = fork(), "fork");
	if (child == 0)
		read_all();
	until_it_waits(child);
	breakpoint();
	need(sys_env_destroy(child), "sys_env_destroy");
	for (i = 0; i < PAGES; i++)
		if (AT[i][0] != i)
			panic("page %u has %08x", i, AT[i][0]);
	cprintf("all %u pages are as they were\n", PAGES);
}
