/* Fill more memory than the machine has, and verify it, twice. */

#include <inc/lib.h>

#define START	0x10000000
#define SIZE	(32 * 1024 * 1024)
#define WORDS	(PGSIZE / sizeof(uint32_t))

void
umain(int argc, char **argv)
{
	uint32_t *page;
	uint32_t i, round, wrong = 0;
	int r;

	(void)argc;
	(void)argv;
	for (i = 0; i < SIZE / PGSIZE; i++) {
		page = (uint32_t *)(START + i * PGSIZE);
		if ((r = sys_page_alloc(0, page, PTE_P | PTE_U | PTE_W)) < 0)
			panic("page %u: %e", i, r);
		page[0] = i;
		page[i % WORDS] = i;
		page[WORDS - 1] = ~i;
	}
	for (round = 0; round < 2; round++)
		for (i = 0; i < SIZE / PGSIZE; i++) {
			page = (uint32_t *)(START + i * PGSIZE);
			if (i % WORDS < WORDS - 1 && page[i % WORDS] != i)
				wrong++;
			if (page[WORDS - 1] != ~i)
				wrong++;
		}
	cprintf("pattern: %u pages, %u wrong\n", SIZE / PGSIZE, wrong);
}
