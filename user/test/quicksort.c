/* Sorts keys in place, by quicksort. */

#include "recorded.h"

void
umain(int argc, char **argv)
{
	struct sums before, after;

	USED(argc);
	USED(argv);
	fill(data, NWORDS, ITEM_WORDS, 3);
	before = sums_of(ITEMS, NITEMS);
	quicksort(ITEMS, NITEMS);
	after = sums_of(ITEMS, NITEMS);
	report(!is_sorted(ITEMS, NITEMS)
	       || memcmp(&before, &after, sizeof(after)) != 0);
}
