/*
 * Physical frames: who may have which.
 *
 * `pages` has one struct PageInfo a frame of the window. A frame is in one of
 * three states (inc/memlayout.h): reserved for ever, free and on the free
 * list, or used. page_free_list links exactly the free ones (invariant F1), so
 * giving and taking a frame is a few instructions, and a wrong page_free is
 * seen, not guessed.
 *
 * Not its job: what ranges of RAM there are (physmem.c), what maps a frame
 * (pmap.c). page.c knows nothing of tables.
 *
 * This file and pmap.c are compiled so that a function whose only calls are
 * tail calls needs no stack frame (kern/build.mk): the way that all goes well
 * has no frame, and what is rare is in a function of its own, marked SLOW_PATH.
 * Misuse is told by page_panic.c, elsewhere so that the compiler does not see that
 * those functions never return: it would not make tail calls of them.
 *
 * Limits: RAM above the window is not used. A count has 16 bits.
 */

#include <inc/stdio.h>
#include <inc/string.h>
#include <inc/x86.h>
#include <kern/page_panic.h>
#include <kern/page.h>
#include <kern/physmem.h>
#include <kern/sections.h>

struct PageInfo *pages;
struct PageInfo *page_free_list;
/* npages * sizeof(struct PageInfo), so that page_free need not divide. */
static size_t pages_size;

/* --- Before there are frames ------------------------------------------- */

/* What boot_alloc gives next; NULL before the first call. */
static char *next;

void *
boot_alloc(uint32_t n)
{
	uintptr_t limit, left;
	char *result;

	if (!next)
		next = ROUNDUP(end, PGSIZE);
	limit = WINDOW
		+ (uintptr_t)MIN(mem_usable_end(PADDR(end)),
				 (uint64_t)ENTRY_MAPPED);
	result = next;
	/* What was given last may end in a page that is not all RAM. */
	left = limit > (uintptr_t)result ? limit - (uintptr_t)result : 0;
	if (n > left)
		panic("boot_alloc: %u bytes wanted, but of the memory from the"
		      " kernel's end at 0x%08x to 0x%08x only %u are left: %s",
		      n, PADDR(end), limit - WINDOW, left,
		      limit - WINDOW == ENTRY_MAPPED
		      ? "entry.S maps no more" : "too little RAM");
	next = ROUNDUP(next + n, PGSIZE);
	return result;
}

/* --- The free list ----------------------------------------------------- */

/* The link that the next free frame is to be hung on, while building. */
static struct PageInfo **tail;
/* Frames below this one have their state. */
static ppn_t settled;

/* Make the frames [first, limit) free, those below first reserved. */
static void
add_free(ppn_t first, ppn_t limit)
{
	struct PageInfo *pp, *stop;

	first = MAX(first, settled);
	limit = MIN(limit, npages);
	if (first >= limit)
		return;
	memset(&pages[settled], 0, (first - settled) * sizeof(pages[0]));
	settled = limit;

	*tail = &pages[first];
	stop = &pages[limit];
	UNROLL(8)
	for (pp = &pages[first]; pp < stop; pp++)
		*pp = (struct PageInfo) {
			.pp_link = pp + 1, .pp_ref = 0, .pp_state = PG_FREE
		};
	tail = &stop[-1].pp_link;
}

/* As add_free, without what the rest of the machine needs. */
static void
add_usable(ppn_t first, ppn_t limit)
{
	ppn_t hole = IOPHYSMEM / PGSIZE;
	ppn_t kernel_end = PADDR(boot_alloc(0)) / PGSIZE;

	/* Frame 0 holds the BIOS's data and the real-mode vectors. */
	add_free(MAX(first, 1U), MIN(limit, hole));
	/* The kernel begins where the hole ends. */
	add_free(MAX(first, kernel_end), limit);
}

void
page_init(void)
{
	uint64_t first, limit;
	int i;

	pages_size = npages * sizeof(pages[0]);
	tail = &page_free_list;
	settled = 0;
	for (i = 0; i < mem_nranges; i++) {
		/* Whole frames only: up at the start, down at the end. */
		first = (mem_ranges[i].start + PGSIZE - 1) >> PGSHIFT;
		limit = mem_ranges[i].end >> PGSHIFT;
		add_usable(MIN(first, (uint64_t)npages),
			   MIN(limit, (uint64_t)npages));
	}
	*tail = NULL;
	memset(&pages[settled], 0, (npages - settled) * sizeof(pages[0]));
}

/*
 * page2kva for a frame off our own list: it needs no check, and without the
 * panic in it the callers need no stack frame.
 */
static inline void *
frame_kva(const struct PageInfo *pp)
{
	return (void *)(uintptr_t)(WINDOW + page2pa(pp));
}

/* --- Poison: free frames that are written to give themselves away ------ */

/*
 * One bit a frame: set while the poison must be there. Frames that were never
 * freed bear none, nor do those freed while the window did not reach them.
 */
static uint8_t poisoned[POISON ? KERNWINSIZE / PGSIZE / 8 : 1];
static NOINLINE void
check_poison(struct PageInfo *pp)
{
	const uint32_t *word = frame_kva(pp);
	ppn_t n = pp - pages;
	size_t i;

	if (!(poisoned[n / 8] >> n % 8 & 1))
		return;
	poisoned[n / 8] &= ~(1 << n % 8);
	for (i = 0; i < PGSIZE / 4; i++)
		if (word[i] != POISON_WORD)
			panic("page_alloc: the free frame at 0x%08x was"
			      " written after page_free: offset 0x%x holds"
			      " 0x%08x", page2pa(pp), (unsigned)i * 4, word[i]);
}

static NOINLINE void
poison(struct PageInfo *pp)
{
	ppn_t n = pp - pages;

	if (page2pa(pp) >= window_mapped)
		return;
	stosl(frame_kva(pp), POISON_WORD, PGSIZE / 4);
	poisoned[n / 8] |= 1 << n % 8;
}

void
page_forget_poison(struct PageInfo **frames, size_t n)
{
	while (POISON && n--)
		poisoned[(frames[n] - pages) / 8]
			&= ~(1 << (frames[n] - pages) % 8);
}

/* --- Taking and giving ------------------------------------------------- */

/* Take the first frame off the list; NULL if there is none. */
static inline struct PageInfo *
take_first(void)
{
	struct PageInfo *pp = page_free_list;

	if (unlikely(!pp))
		return NULL;
	page_free_list = pp->pp_link;
	pp->pp_link = NULL;
	pp->pp_state = PG_USED;
	if (POISON)
		check_poison(pp);
	return pp;
}

static SLOW_PATH struct PageInfo *
take_cleared(void)
{
	struct PageInfo *pp = take_first();

	if (likely(pp))
		stosl(frame_kva(pp), 0, PGSIZE / 4);
	return pp;
}

struct PageInfo *
page_alloc(int alloc_flags)
{
	if (unlikely(alloc_flags & ALLOC_ZERO))
		return take_cleared();
	return take_first();
}

void
page_free(struct PageInfo *pp)
{
	uintptr_t offset = (uintptr_t)pp - (uintptr_t)pages;

	if (unlikely(offset >= pages_size)
	    || unlikely(pp->pp_ref != 0 || pp->pp_state != PG_USED)) {
		page_free_misused(pp);
		return;
	}
	pp->pp_state = PG_FREE;
	pp->pp_link = page_free_list;
	page_free_list = pp;
	if (POISON)
		poison(pp);
}

void
page_decref(struct PageInfo *pp)
{
	if (unlikely(pp->pp_ref == 0)) {
		page_decref_misused(pp);
		return;
	}
	if (--pp->pp_ref == 0)
		page_free(pp);
}
