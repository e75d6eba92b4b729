#ifndef PAGEWALK_KERN_PAGE_H
#define PAGEWALK_KERN_PAGE_H

/* Physical frames: their records, and how to allocate and free them. */

#include <kern/kaddr.h>

/* The record of each frame: npages of them, made by mem_init. */
extern struct PageInfo *pages;

/* Free frames, linked by pp_link; lowest first after page_init. */
extern struct PageInfo *page_free_list;

/* --- From frames to addresses, and back --------------------------------- */

/* Physical address of a frame. */
static inline physaddr_t
page2pa(const struct PageInfo *pp)
{
	/* (pp - pages) * PGSIZE, in one multiplication. */
	return ((uintptr_t)pp - (uintptr_t)pages) * (PGSIZE / sizeof(*pp));
}

/* The frame that contains a physical address. */
static inline struct PageInfo *
pa2page(physaddr_t pa)
{
	if (unlikely(PGNUM(pa) >= npages))
		panic("pa2page: physical 0x%08x is beyond the last frame", pa);
	return &pages[PGNUM(pa)];
}

/* Kernel virtual address of a frame's memory. */
static inline void *
page2kva(const struct PageInfo *pp)
{
	return KADDR(page2pa(pp));
}

/*
 * True if a frame is in use, is referenced, and has no flags. One comparison of
 * the word that holds count, state and flags, in this order.
 */
static inline bool
page_is_plain(const struct PageInfo *pp)
{
	uint32_t word;

	__builtin_memcpy(&word, &pp->pp_ref, sizeof(word));
	return word - (PG_USED << 16 | 1) < UINT16_MAX;
}

/* --- Setting up --------------------------------------------------------- */

/*
 * Allocate n bytes for the kernel's first structures, before page_init.
 * Returns the page-aligned address of n bytes, not cleared and never freed.
 * boot_alloc(0) allocates nothing and returns the address of the next
 * allocation.
 * => page_init has not returned yet.
 * Panics, and prints the sizes, if the bytes would lie beyond what the first
 * page tables map, or beyond the RAM that contains the kernel.
 */
void	*boot_alloc(uint32_t n);

/*
 * Fill `pages` and the free list from the usable ranges. Every frame of the
 * window that is usable as a whole becomes free, except frame 0, the I/O hole,
 * the kernel image and boot_alloc's memory.
 * => boot_alloc is not used afterwards, except to ask for its end.
 */
void	page_init(void);

/* --- Allocating and freeing --------------------------------------------- */

enum {
	ALLOC_ZERO = 1 << 0,	/* page_alloc: clear the frame */
};

/*
 * Allocate a frame: take the first off the free list. ALLOC_ZERO clears it;
 * otherwise its contents are undefined. Its reference count is 0: the caller
 * counts the mappings and holds that it makes.
 * Returns NULL if no frame is free.
 */
struct PageInfo *page_alloc(int alloc_flags);

/*
 * Free a frame.
 * => page_alloc returned it, its count is 0, and nothing maps it.
 * Panics, and prints why, if the frame is already free, reserved or still
 * referenced, or if pp does not point into `pages`.
 */
void	page_free(struct PageInfo *pp);

/*
 * Called by page_free for a frame with flags. Makes it one without; or returns
 * false if it is in use and will be freed later. Set by resident_init.
 */
extern bool (*page_release)(struct PageInfo *pp);

/*
 * Drop one reference, and free the frame if it was the last.
 * Panics if there is none.
 */
void	page_decref(struct PageInfo *pp);

/* --- Poison -------------------------------------------------------------- */

/* page_free fills a frame with this word if POISON is set. */
#define POISON_WORD	0xF4EEF4EEU	/* reads "free", twice */

/* Tell the poison check that these n frames were freed without poison. */
void	page_forget_poison(struct PageInfo **frames, size_t n);

#endif
