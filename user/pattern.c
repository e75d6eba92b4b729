/* Fill 32 MB with a pattern, and verify it twice: more than some machines have. */

#include <inc/lib.h>

#define START	((uint32_t *)0x10000000)
#define PAGES	8192
#define WORDS	(PGSIZE / sizeof(uint32_t))

/* Page i has i in one word, which differs from page to page, and ~i at its end. */
static uint32_t
is_wrong(uint32_t i)
{
	const uint32_t *page = START + i * WORDS;

	return page[i % (WORDS - 1)] != i || page[WORDS - 1] != ~i;
}

void
umain(int argc, char **argv)
{
	uint32_t *page, i, round, wrong = 0;
	int r;

	(void)argc, (void)argv;
	for (i = 0; i < PAGES; i++) {
		page = START + i * WORDS;
		if ((r = sys_page_alloc(0, page, PTE_P | PTE_U | PTE_W)) < 0)
			panic("page %u: %e", i, r);
		page[i % (WORDS - 1)] = i;
		page[WORDS - 1] = ~i;
	}
	for (round = 0; round < 2; round++)
		for (i = 0; i < PAGES; i++)
			wrong += is_wrong(i);
	cprintf("pattern: %u pages, %u wrong\n", PAGES, wrong);
}
