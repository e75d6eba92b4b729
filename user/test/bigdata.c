/*
 * Computes on more memory than the machine has, and verifies the results. Asks
 * for the number of pages: by default, twice the free frames.
 */

#include "orders.h"

#define DATA		((uint32_t *)0x10000000)
#define ITEMS		((struct item *)DATA)

static uint32_t npages, nwords;

static void
sequential(void)
{
	fill(DATA, nwords, 1, 1);
	VERIFY(count_wrong(DATA, nwords, 1, 1) == 0,
	       "sequential: all words, upwards");
	VERIFY(count_wrong(DATA, nwords, 1, 1) == 0, "sequential: once more");
}

static void
at_random(void)
{
	change_at_random(DATA, nwords, 4 * npages);
	VERIFY(count_wrong(DATA, nwords, 1, 1) != 0,
	       "random: words have changed");
	change_at_random(DATA, nwords, 4 * npages);
	VERIFY(count_wrong(DATA, nwords, 1, 1) == 0,
	       "random: the changes undo themselves");
}

/* Visit each page once, by steps that are coprime to their number. */
static void
by_stride(uint32_t stride, uint32_t change)
{
	uint32_t page, i;

	while (npages % stride == 0)
		stride += 2;
	for (i = page = 0; i < npages; i++, page = (page + stride) % npages)
		DATA[page * WORDS + i % WORDS] ^= change;
}

static void
strides(void)
{
	by_stride(7, 5);
	by_stride(101, 9);
	VERIFY(count_wrong(DATA, nwords, 1, 1) != 0,
	       "strides: words have changed");
	by_stride(101, 9);
	by_stride(7, 5);
	VERIFY(count_wrong(DATA, nwords, 1, 1) == 0,
	       "strides: the changes undo themselves");
}

#define MAX_ROWS	300
#define BLOCK		16

static void
matrices(void)
{
	uint32_t rows = MIN(npages / 3, (uint32_t)MAX_ROWS);
	row *a = (row *)DATA, *b = a + rows, *c = b + rows;
	static uint32_t bx[MAX_ROWS];

	fill(DATA, nwords, 1, 2);
	memset(c, 0, rows * sizeof(row));
	multiply(c, a, b, rows, BLOCK);
	VERIFY(count_wrong_rows(c, a, b, rows, bx) == 0,
	       "matrices: the product of %u rows", rows);
}

static void
sorts(void)
{
	uint32_t half = npages / 2 * WORDS;
	struct sums before, after;
	struct item *sorted;

	fill(DATA, nwords, 1, 3);
	before = sums_of(ITEMS, nwords);
	quicksort(ITEMS, nwords);
	after = sums_of(ITEMS, nwords);
	VERIFY(is_sorted(ITEMS, nwords), "quicksort: %u words", nwords);
	VERIFY(memcmp(&before, &after, sizeof(after)) == 0,
	       "quicksort: they are the same words");
	fill(DATA, nwords, 1, 4);
	before = sums_of(ITEMS, half);
	sorted = merge_sort(ITEMS, ITEMS + half, half);
	after = sums_of(sorted, half);
	VERIFY(is_sorted(sorted, half), "merge sort: %u words", half);
	VERIFY(memcmp(&before, &after, sizeof(after)) == 0,
	       "merge sort: they are the same words");
}

void
umain(int argc, char **argv)
{
	USED(argc);
	USED(argv);
	verify_begin();
	npages = ask("pages: ", 2 * free_frames());
	nwords = npages * WORDS;
	take_pages(DATA, npages);
	sequential();
	at_random();
	strides();
	matrices();
	sorts();
	drop_pages(DATA, npages);
	verify_end();
}
