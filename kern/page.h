#ifndef PAGEWALK_KERN_PAGE_H
#define PAGEWALK_KERN_PAGE_H

/*
 * Frames, beyond what kern/pmap.h tells everybody: the early allocator and
 * the free list itself.
 */

#include <kern/pmap.h>

/* Free frames, lowest first after page_init. */
extern struct PageInfo *page_free_list;

/*
 * Physical addresses below this can be reached through the window now:
 * ENTRY_MAPPED until mem_init loads its directory, then all of the window.
 */
extern physaddr_t window_mapped;

/* For checks that put frames back by hand: n of them bear no poison. */
void	page_forget_poison(struct PageInfo **frames, size_t n);

/* What page_free fills a frame with in a checking build. */
#define POISON_WORD	0xF4EEF4EEU	/* reads "free", twice */

/*
 * Memory for the kernel's first structures, before there are frames to give.
 * n bytes, not cleared, starting at a page; n == 0 only tells where the next
 * would be. Nothing given is ever taken back.
 * => only until page_init.
 * Panics, with the sizes, if that would leave what the first tables map or
 * the RAM that the kernel lies in.
 */
void	*boot_alloc(uint32_t n);

#endif
