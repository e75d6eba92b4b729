/*
 * The free list, read and changed by hand.
 *
 * Knows nothing of how page_alloc and page_free keep the list in order: frames
 * may come back at its front, its end, or anywhere.
 */

#include <kern/check/expect.h>
#include <kern/check/free_list.h>
#include <kern/check/interface.h>
#include <kern/check/x86_test.h>

bool
is_frame(const struct PageInfo *pp)
{
	uintptr_t offset = (uintptr_t)pp - (uintptr_t)pages;

	return offset % sizeof(*pp) == 0 && offset / sizeof(*pp) < npages;
}

struct PageInfo **
list_end(struct PageInfo **link, uint32_t *n)
{
	for (*n = 0; is_frame(*link) && *n <= npages; ++*n)
		link = &(*link)->pp_link;
	return link;
}

/* True if each of the 32 frames from pp on, except the last, links the next. */
static bool
links_neighbours(const struct PageInfo *pp)
{
	uintptr_t differs = 0;
	uint32_t i;

	UNROLL(31)
	for (i = 0; i < 31; i++)
		differs |= (uintptr_t)pp[i].pp_link ^ (uintptr_t)&pp[i + 1];
	return !differs;
}

uint32_t
list_mark(const struct PageInfo *pp, uint32_t *bits,
	  const struct PageInfo **stop)
{
	uint32_t i, n = 0;

	for (; is_frame(pp); pp = pp->pp_link) {
		i = pp - pages;
		/* Most frames are on the list in order: take 32 at once. */
		if (i % 32 == 0 && i + 32 <= npages && !bits[i / 32]
		    && links_neighbours(pp)) {
			bits[i / 32] = UINT32_MAX;
			n += 32;
			pp += 31;
			continue;
		}
		if (test_and_set_bit(bits, i))
			break;
		n++;
	}
	*stop = pp;
	return n;
}

uint32_t
count_free(void)
{
	uint32_t n;

	list_end(&page_free_list, &n);
	return n;
}

bool
check_listed(const struct PageInfo *pp)
{
	const struct PageInfo *p = page_free_list;
	uint32_t n = npages;

	for (; p != pp && n && is_frame(p); p = p->pp_link)
		n--;
	return is_frame(pp) && p == pp && n;
}

void
put_on_free_list(struct PageInfo *pp)
{
	pp->pp_link = page_free_list;
	page_free_list = pp;
#if !FOREIGN
	pp->pp_state = PG_FREE;
	page_forget_poison(&pp, 1);
#endif
}

struct PageInfo *
take_free_list(void)
{
	struct PageInfo *list = page_free_list;

	if (list)
		foreign_remember(FOREIGN_LIST);
	page_free_list = NULL;
	return list;
}

void
give_free_list(struct PageInfo *list)
{
	struct PageInfo **last;
	uint32_t n;

	/* A foreign file may keep its list's last frame in a variable. */
	foreign_recall(FOREIGN_LIST);
	/* Frames that were freed in the meantime stay in front. */
	last = list_end(&page_free_list, &n);
	EXPECT_THAT(!*last, "elements of pages on page_free_list, then NULL",
		    "%p", (void *)*last);
	*last = list;
}
