/*
 * Uses four times as much memory as is free: fills it, and verifies it twice. The
 * monitor's `swap` shows where the pages were meanwhile.
 */

#include <inc/lib.h>

#define DATA	((uint32_t *)0x10000000)
#define WORDS	(PGSIZE / sizeof(uint32_t))
#define TIMES	4

/* Page n has this number in its words. */
static uint32_t
value(uint32_t n)
{
	return n * 2654435761U + 1;
}

static uint32_t
count_free(void)
{
	uint32_t n, count = 0;

	for (n = 0; uvpt_has_page((uintptr_t)&pages[n]); n++)
		count += pages[n].pp_state == PG_FREE;
	return count;
}

/* The number of words that differ from what was written. */
static uint32_t
count_wrong(uint32_t npages)
{
	uint32_t i, wrong = 0;

	for (i = 0; i < npages * WORDS; i++)
		wrong += DATA[i] != value(i / WORDS);
	return wrong;
}

void
umain(int argc, char **argv)
{
	uint32_t frames = count_free(), npages = TIMES * frames, i;
	int r;

	USED(argc);
	USED(argv);
	cprintf("%u frames are free; using %u pages\n", frames, npages);
	for (i = 0; i < npages * WORDS; i++) {
		if (i % WORDS == 0 && (r = sys_page_alloc(0, &DATA[i], PTE_P
				| PTE_U | PTE_W)) < 0)
			panic("page %u: %e", i / WORDS, r);
		DATA[i] = value(i / WORDS);
	}
	for (i = 1; i <= 2; i++)
		cprintf("round %u: %u words are wrong\n", i,
			count_wrong(npages));
}
