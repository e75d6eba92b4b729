#ifndef PAGEWALK_USER_TEST_RECORDED_H
#define PAGEWALK_USER_TEST_RECORDED_H

/*
 * Memory for programs whose uses of pages are recorded and compared, by
 * `tools/paging measure`. Each uses its pages in one order (orders.h).
 *
 * It is BSS, so that a page comes in when it is used first, and not before.
 */

#define ITEM_WORDS	16	/* 64 keys a page: short strings */
#include "orders.h"

#define NPAGES		120
#define NWORDS		(NPAGES * WORDS)
#define NITEMS		(NWORDS / ITEM_WORDS)

static uint32_t data[NWORDS] __attribute__((aligned(PGSIZE)));

#define ITEMS		((struct item *)data)

/* Say what was found. All programs here end so. */
static inline void
report(uint32_t wrong)
{
	cprintf("%s: %u pages, %u wrong\n", binaryname, NPAGES, wrong);
}

#endif
