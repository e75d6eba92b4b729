/* Sorts keys by merge sort: half of the pages have them, half are for merging. */

#include "recorded.h"

#define HALF	(NITEMS / 2)

void
umain(int argc, char **argv)
{
	struct sums before, after;
	struct item *sorted;

	USED(argc);
	USED(argv);
	fill(data, NWORDS / 2, ITEM_WORDS, 4);
	before = sums_of(ITEMS, HALF);
	sorted = merge_sort(ITEMS, ITEMS + HALF, HALF);
	after = sums_of(sorted, HALF);
	report(!is_sorted(sorted, HALF)
	       || memcmp(&before, &after, sizeof(after)) != 0);
}
