/* Changes words at random, all pages alike, and undoes it. */

#include "recorded.h"

#define CHANGES		(16 * NPAGES)

void
umain(int argc, char **argv)
{
	uint32_t i, wrong = 0;

	USED(argc);
	USED(argv);
	change_at_random(data, NWORDS, CHANGES);
	change_at_random(data, NWORDS, CHANGES);
	for (i = 0; i < NWORDS; i++)
		wrong += data[i] != 0;
	report(wrong);
}
