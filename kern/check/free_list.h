#ifndef PAGEWALK_KERN_CHECK_FREE_LIST_H
#define PAGEWALK_KERN_CHECK_FREE_LIST_H

/*
 * The free list, read and changed by hand. A broken function may have linked
 * anything into it, so nothing here follows a link without looking at it.
 */

#include <inc/memlayout.h>

/* True if pp is an element of pages. */
bool	is_frame(const struct PageInfo *pp);

/*
 * Follow a list from *link, and return the link at its end: it holds NULL if
 * the list is sound, a wild pointer, or a frame if the list is circular. *n is
 * the number of frames met, and more than npages in a circular list.
 */
struct PageInfo **list_end(struct PageInfo **link, uint32_t *n);

/*
 * Set the bit of each frame of the list that begins with pp, one bit a frame,
 * until its end: *stop is NULL if the list is sound, a wild pointer, or a frame
 * whose bit is set already. Returns the number of frames met.
 */
uint32_t list_mark(const struct PageInfo *pp, uint32_t *bits,
		   const struct PageInfo **stop);

/* The number of frames on page_free_list. */
uint32_t count_free(void);

/* True if the frame is on page_free_list. */
bool	check_listed(const struct PageInfo *pp);

/* Do by hand what page_free does, for checks of page_alloc alone. */
void	put_on_free_list(struct PageInfo *pp);

/* Hide all free frames for a while, for checks that need few. */
struct PageInfo *take_free_list(void);
void	give_free_list(struct PageInfo *list);

#endif
