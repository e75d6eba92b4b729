/*
 * Arrays that are larger than a page, made after page_init: in frames that follow
 * each other. At start-up nearly all free frames do.
 */

#include <kern/framerun.h>
#include <kern/page.h>

/* Return the last n frames that follow each other and are free; 0: none. */
static ppn_t
find_run(size_t n)
{
	size_t found = 0;
	ppn_t i;

	for (i = npages - 1; i > 0; i--) {
		found = pages[i].pp_state == PG_FREE ? found + 1 : 0;
		if (found == n)
			return i;
	}
	return 0;
}

/* Take the frames [first, first + n) off the free list. */
static void
take_run(ppn_t first, size_t n)
{
	struct PageInfo **link = &page_free_list, *pp;
	ppn_t frame;

	while (*link) {
		frame = *link - pages;
		if (frame - first < n)
			*link = (*link)->pp_link;
		else
			link = &(*link)->pp_link;
	}
	for (frame = first; frame < first + n; frame++) {
		pp = &pages[frame];
		pp->pp_link = NULL;
		pp->pp_state = PG_USED;
		page_forget_poison(&pp, 1);
	}
}

void *
framerun_alloc(size_t size)
{
	size_t n = size / PGSIZE + (size % PGSIZE != 0);
	ppn_t first = n ? find_run(n) : 0;

	if (!first)
		return NULL;
	take_run(first, n);
	return page2kva(&pages[first]);
}
