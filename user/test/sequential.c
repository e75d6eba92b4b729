/* Fills its pages and verifies them three times, from the first to the last. */

#include "recorded.h"

void
umain(int argc, char **argv)
{
	uint32_t round, wrong = 0;

	USED(argc);
	USED(argv);
	fill(data, NWORDS, ITEM_WORDS, 1);
	for (round = 0; round < 3; round++)
		wrong += count_wrong(data, NWORDS, ITEM_WORDS, 1);
	report(wrong);
}
