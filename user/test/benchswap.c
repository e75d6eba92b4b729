/*
 * Touches pages in known orders, for kern/bench/bench_swap.c, which counts
 * instructions from breakpoint to breakpoint. It lets fewer pages be in memory
 * than this program has.
 */

#include <inc/lib.h>
#include <inc/x86.h>

#define RW	(PTE_P | PTE_U | PTE_W)
#define AREA	((char *)0x20000000)
#define PAGES	128		/* twice what may be in memory */
#define FEW_MORE 66		/* just too many, with code, data and stack */
#define TIMES	384

/* Touch pages in a circle of n, TIMES in all; write them, or only read. */
static void
touch(int n, bool write)
{
	volatile char *va = AREA;
	int i, page = 0;

	for (i = 0; n && i < TIMES; i++) {
		if (write)
			va[page * PGSIZE] = i;
		else
			(void)va[page * PGSIZE];
		if (++page == n)
			page = 0;
	}
}

static void
measure(int n, bool write)
{
	breakpoint();
	touch(n, write);
	breakpoint();
}

void
umain(int argc, char **argv)
{
	int i, r;

	(void)argc;
	(void)argv;
	for (i = 0; i < PAGES; i++) {
		r = sys_page_alloc(0, AREA + i * PGSIZE, RW);
		if (r < 0)
			panic("page %d: %e", i, r);
		AREA[i * PGSIZE] = i;
	}
	touch(PAGES, false);
	measure(0, false);
	/* A page that leaves is touched soon: it is still here. */
	touch(FEW_MORE, true);
	measure(FEW_MORE, true);
	/* None is dirty any more after this. */
	touch(PAGES, false);
	measure(PAGES, false);
	touch(PAGES, true);
	measure(PAGES, true);
}
