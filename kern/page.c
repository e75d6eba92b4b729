/*
 * Physical frames: allocate and free them.
 *
 * `pages` has one struct PageInfo for each frame of the window. A frame is in
 * one of three states (inc/memlayout.h): reserved, free, or used. The free
 * list links exactly the free frames (invariant F1), so allocating and freeing
 * take a few instructions each. Because the state is stored, page_free detects
 * a frame that must not be freed.
 *
 * Not its job: finding RAM (physmem.c), mapping frames (pmap.c). This
 * file knows nothing of page tables.
 *
 * Limits: RAM above the window is not used. A reference count has 16 bits.
 *
 * Every function that calls another has a stack frame, for backtraces. Here
 * and in pmap.c, tail calls are allowed (kern/build.mk), and a function whose
 * only calls are tail calls has none. The hot functions are written so: each
 * tail-calls its rare cases, marked SLOW_PATH. That saves 4 of the 28
 * instructions of page_alloc and page_free.
 */

#include <inc/stdio.h>
#include <inc/string.h>
#include <inc/x86.h>
#include <kern/page.h>
#include <kern/physmem.h>
#include <kern/sections.h>

struct PageInfo *pages;
struct PageInfo *page_free_list;
bool (*page_release)(struct PageInfo *pp);
/* The size of `pages`, so that page_free need not divide an offset. */
static size_t pages_size;

/* --- Allocation before page_init ---------------------------------------- */

/* boot_alloc's next result; NULL before its first call. */
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
	/* The last allocation may end in a page that is only partly RAM. */
	left = limit > (uintptr_t)result ? limit - (uintptr_t)result : 0;
	if (n > left)
		panic("boot_alloc: no room for %u bytes: %u left between the"
		      " kernel's end (0x%08x) and 0x%08x, the end of %s", n,
		      left, PADDR(end), limit - WINDOW,
		      limit - WINDOW == ENTRY_MAPPED
		      ? "entry.S's mapping" : "RAM");
	next = ROUNDUP(next + n, PGSIZE);
	return result;
}

/* --- Building the free list --------------------------------------------- */

/* Where page_init links the next free frame. */
static struct PageInfo **tail;
/* Frames below this one have been initialised. */
static ppn_t settled;

/*
 * Make the frames [first, limit) free, and those from `settled` to first
 * reserved.
 */
static void
add_free(ppn_t first, ppn_t limit)
{
	const struct PageInfo free_frame = { .pp_state = PG_FREE };
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
	for (pp = &pages[first]; pp < stop; pp++) {
		__builtin_memcpy(&pp->pp_ref, &free_frame.pp_ref, sizeof(uint32_t));
		pp->pp_link = pp + 1;
	}
	tail = &stop[-1].pp_link;
}

/* Like add_free, but leave out frame 0, the I/O hole and the kernel. */
static void
add_usable(ppn_t first, ppn_t limit)
{
	ppn_t hole = IOPHYSMEM / PGSIZE;
	ppn_t kernel_end = PADDR(boot_alloc(0)) / PGSIZE;

	/* Frame 0 has the BIOS's data and the real-mode vectors. */
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
		/* Whole frames only: round the start up, the end down. */
		first = (mem_ranges[i].start + PGSIZE - 1) >> PGSHIFT;
		limit = mem_ranges[i].end >> PGSHIFT;
		add_usable(MIN(first, (uint64_t)npages),
			   MIN(limit, (uint64_t)npages));
	}
	*tail = NULL;
	memset(&pages[settled], 0, (npages - settled) * sizeof(pages[0]));
}

/*
 * Like page2kva, for frames of our own list: without its check, and so without
 * its call of panic, which would need a stack frame.
 */
static inline void *
frame_kva(const struct PageInfo *pp)
{
	return (void *)(uintptr_t)(WINDOW + page2pa(pp));
}

/* --- Poison: detect writes to free frames ------------------------------- */

/*
 * A sixteenth of each frame, in words, gets no poison: page_free is hot, and
 * this keeps its cost near that of clearing a page. It is another sixteenth in
 * each of 16 neighbouring frames, so no offset is safe from detection.
 */
#define UNPOISONED	(PGSIZE / 4 / 16)

/* The first word of frame n that gets no poison. */
static inline size_t
unpoisoned(ppn_t n)
{
	return n % 16 * UNPOISONED;
}

/*
 * One bit for each frame: set if it is filled with poison. Clear for frames
 * that were never freed, or were freed while the window did not reach them.
 */
static uint8_t poisoned[POISON ? KERNWINSIZE / PGSIZE / 8 : 1];

static NOINLINE void
check_poison(struct PageInfo *pp)
{
	const uint32_t *word = frame_kva(pp);
	ppn_t n = pp - pages;
	size_t gap = unpoisoned(n), i;

	if (!(poisoned[n / 8] >> n % 8 & 1))
		return;
	poisoned[n / 8] &= ~(1 << n % 8);
	i = words_alike(word, POISON_WORD, gap);
	if (i == gap) {
		i += UNPOISONED;
		i += words_alike(word + i, POISON_WORD, PGSIZE / 4 - i);
	}
	if (i < PGSIZE / 4)
		panic("page_alloc: the free frame at 0x%08x was written after"
		      " page_free: offset 0x%x holds 0x%08x", page2pa(pp),
		      (unsigned)i * 4, word[i]);
}

static NOINLINE void
poison(struct PageInfo *pp)
{
	ppn_t n = pp - pages;
	size_t gap = unpoisoned(n), rest = gap + UNPOISONED;
	uint32_t *word = frame_kva(pp);

	if (page2pa(pp) >= window_mapped)
		return;
	stosl(word, POISON_WORD, gap);
	stosl(word + rest, POISON_WORD, PGSIZE / 4 - rest);
	poisoned[n / 8] |= 1 << n % 8;
}

void
page_forget_poison(struct PageInfo **frames, size_t n)
{
	while (POISON && n--)
		poisoned[(frames[n] - pages) / 8]
			&= ~(1 << (frames[n] - pages) % 8);
}

/* --- Allocating and freeing --------------------------------------------- */

/* page_alloc(ALLOC_ZERO). */
static SLOW_PATH struct PageInfo *
alloc_cleared(void)
{
	struct PageInfo *pp = page_alloc(0);

	if (likely(pp))
		stosl(frame_kva(pp), 0, PGSIZE / 4);
	return pp;
}

struct PageInfo *
page_alloc(int alloc_flags)
{
	struct PageInfo *pp = page_free_list;

	if (unlikely(alloc_flags & ALLOC_ZERO))
		return alloc_cleared();
	if (unlikely(!pp))
		return NULL;
	page_free_list = pp->pp_link;
	pp->pp_link = NULL;
	pp->pp_state = PG_USED;
	if (POISON)
		check_poison(pp);
	return pp;
}

/* page_free of a frame with flags, or of one that it must not free. */
static SLOW_PATH void
page_free_slow(struct PageInfo *pp)
{
	static const char *const why[] = {
		[PG_RESERVED]	= "is reserved: it was never allocated",
		[PG_FREE]	= "is already free",
		[PG_USED]	= "is still referenced",
	};
	uintptr_t offset = (uintptr_t)pp - (uintptr_t)pages;

	if (offset >= pages_size || offset % sizeof(*pp))
		panic("page_free: %p is not an element of pages", (void *)pp);
	if (pp->pp_ref == 0 && pp->pp_state == PG_USED) {
		if (page_release(pp))
			page_free(pp);
		return;
	}
	panic("page_free: the frame at 0x%08x %s (count %u)", page2pa(pp),
	      pp->pp_state < ARRAY_SIZE(why) ? why[pp->pp_state]
	      : "has an invalid state", pp->pp_ref);
}

void
page_free(struct PageInfo *pp)
{
	uintptr_t offset = (uintptr_t)pp - (uintptr_t)pages;

	if (unlikely(offset >= pages_size)
	    || unlikely(pp->pp_ref != 0 || pp->pp_state != PG_USED
			|| pp->pp_flags != 0)) {
		page_free_slow(pp);
		return;
	}
	pp->pp_state = PG_FREE;
	pp->pp_link = page_free_list;
	page_free_list = pp;
	if (POISON)
		poison(pp);
}

static SLOW_PATH void
page_decref_panic(struct PageInfo *pp)
{
	panic("page_decref: the frame at 0x%08x has no reference to drop",
	      page2pa(pp));
}

void
page_decref(struct PageInfo *pp)
{
	if (unlikely(pp->pp_ref == 0)) {
		page_decref_panic(pp);
		return;
	}
	if (--pp->pp_ref == 0)
		page_free(pp);
}
