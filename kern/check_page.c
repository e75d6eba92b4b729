/*
 * Checks of frames: which are free, and that taking and giving them keeps the
 * books. They know the public interface and the frame's state, and recompute
 * from the memory map what page_init should have found.
 */

#include <inc/string.h>
#include <inc/x86.h>
#include <kern/check.h>
#include <kern/map.h>
#include <kern/page.h>
#include <kern/physmem.h>

/* --- check_page_free_list ---------------------------------------------- */

static bool
is_frame(const struct PageInfo *pp)
{
	uintptr_t offset = (uintptr_t)pp - (uintptr_t)pages;

	return offset % sizeof(*pp) == 0 && offset / sizeof(*pp) < npages;
}

static void
list_links_frames(void)
{
	struct PageInfo *pp;
	uint32_t n = 0;

	for (pp = page_free_list; pp; pp = pp->pp_link) {
		EXPECT(is_frame(pp), "%p, after %u frames", (void *)pp, n);
		EXPECT(n++ < npages, "a ring: more links than frames");
	}
	EXPECT(n > 0, "an empty list");
}

static void
listed_frames_are_free(void)
{
	struct PageInfo *pp;

	for (pp = page_free_list; pp; pp = pp->pp_link) {
		EXPECT(pp->pp_state == PG_FREE, "state %u of frame 0x%08x",
		       pp->pp_state, page2pa(pp));
		EXPECT(pp->pp_ref == 0, "count %u of frame 0x%08x",
		       pp->pp_ref, page2pa(pp));
	}
}

/* The memory map in whole frames, and where boot_alloc's part ends. */
static struct {
	ppn_t first, limit;
} usable[MEM_MAX];
static ppn_t boot_end;

static void
read_map(void)
{
	int i;

	for (i = 0; i < mem_nranges; i++) {
		usable[i].first = MIN((mem_ranges[i].start + PGSIZE - 1)
				      / PGSIZE, (uint64_t)npages);
		usable[i].limit = MIN(mem_ranges[i].end / PGSIZE,
				      (uint64_t)npages);
	}
	boot_end = PGNUM(PADDR(boot_alloc(0)));
}

/* In words, why frame n must never be given out; NULL if it may be. */
static const char *
why_reserved(ppn_t n)
{
	int i;

	if (n == 0)
		return "frame 0 holds the BIOS's data";
	if (n >= PGNUM(IOPHYSMEM) && n < boot_end)
		return n < PGNUM(EXTPHYSMEM) ? "it is in the I/O hole"
			: n <= PGNUM(PADDR(end) - 1)
			? "it is in the kernel image"
			: "boot_alloc gave it out";
	for (i = 0; i < mem_nranges; i++)
		if (n >= usable[i].first && n < usable[i].limit)
			return NULL;
	return "the firmware keeps it, or there is no RAM";
}

static void
reserved_frames_are_not_listed(void)
{
	struct PageInfo *pp;
	const char *why;
	int i, last = 0;
	ppn_t n;

	read_map();
	for (pp = page_free_list; pp; pp = pp->pp_link) {
		n = pp - pages;
		/* Most lie in the same range as the one before. */
		if (n >= boot_end && n >= usable[last].first
		    && n < usable[last].limit)
			continue;
		why = why_reserved(n);
		EXPECT(!why, "frame 0x%08x, and %s", page2pa(pp), why);
		for (i = 0; i < mem_nranges; i++)
			if (n >= usable[i].first && n < usable[i].limit)
				last = i;
	}
}

static void
all_other_frames_are_given(void)
{
	uint32_t ours = 0, given = 0;
	ppn_t n;
	int i;

	read_map();
	for (i = 0; i < mem_nranges; i++)
		for (n = usable[i].first; n < usable[i].limit; n++) {
			if (n >= boot_end) {
				/* Above it, nothing else is reserved. */
				ours += usable[i].limit - n;
				break;
			}
			ours += !why_reserved(n);
		}
	for (n = 0; n < npages; n++)
		given += pages[n].pp_state == PG_USED;
	given += count_free();
	EXPECT(ours == given, "%u usable frames, but %u free or used", ours,
	       given);
}

/* --- check_page_alloc -------------------------------------------------- */

/*
 * A frame, or the check ends. Low ones come first, so that before the window
 * is mapped the first tables reach it.
 */
static struct PageInfo *
take(void)
{
	struct PageInfo *pp = page_alloc(0);

	EXPECT(pp != NULL, "NULL from page_alloc(0)");
	return pp;
}

static void
alloc_gives_distinct_frames(void)
{
	struct PageInfo *pp[3];
	int i;

	for (i = 0; i < 3; i++) {
		pp[i] = take();
		EXPECT(is_frame(pp[i]), "%p", (void *)pp[i]);
	}
	EXPECT(pp[0] != pp[1] && pp[0] != pp[2] && pp[1] != pp[2],
	       "%p, %p, %p", (void *)pp[0], (void *)pp[1], (void *)pp[2]);
	while (i--)
		page_free(pp[i]);
}

static void
alloc_leaves_the_count_alone(void)
{
	struct PageInfo *pp = take();

	EXPECT_EQ(pp->pp_ref, 0);
	EXPECT(!pp->pp_link, "a link to %p", (void *)pp->pp_link);
	page_free(pp);
}

static void
alloc_zero_clears_the_frame_and_no_more(void)
{
	struct PageInfo *a = take(), *b = take(), *c;
	uint32_t *word, i, before;

	/* b's neighbour downwards is a, if frames come in order. */
	memset(page2kva(a), 0x5A, PGSIZE);
	memset(page2kva(b), 0x5A, PGSIZE);
	before = ((uint32_t *)page2kva(a))[PGSIZE / 4 - 1];
	page_free(b);
	c = page_alloc(ALLOC_ZERO);
	EXPECT(c == b, "%p instead of the frame freed last", (void *)c);
	word = page2kva(c);
	for (i = 0; i < PGSIZE / 4; i++)
		EXPECT(word[i] == 0, "0x%08x at offset 0x%x", word[i], i * 4);
	EXPECT_EQ(((uint32_t *)page2kva(a))[PGSIZE / 4 - 1], before);
	page_free(c);
	page_free(a);
}

static void
alloc_without_zero_changes_nothing(void)
{
	struct PageInfo *pp = take();
	uint32_t *word = page2kva(pp), first, last;

	memset(word, 0x5A, PGSIZE);
	page_free(pp);
	first = word[0];
	last = word[PGSIZE / 4 - 1];
	EXPECT(page_alloc(0) == pp, "another frame than the one just freed");
	EXPECT_EQ(word[0], first);
	EXPECT_EQ(word[PGSIZE / 4 - 1], last);
	page_free(pp);
}

static void
alloc_from_an_empty_list_returns_null(void)
{
	struct PageInfo *list = take_free_list(), *got, *zeroed;

	got = page_alloc(0);
	zeroed = page_alloc(ALLOC_ZERO);
	give_free_list(list);
	EXPECT(!got && !zeroed, "%p and %p", (void *)got, (void *)zeroed);
}

static void
alloc_recovers_after_exhaustion(void)
{
	struct PageInfo *pp = take(), *list = take_free_list(), *got, *none;

	page_free(pp);
	got = page_alloc(0);
	none = page_alloc(0);
	give_free_list(list);
	EXPECT(got == pp, "%p instead of the only free frame", (void *)got);
	EXPECT(!none, "%p from an empty list", (void *)none);
	page_free(pp);
}

static void
do_free(void *pp)
{
	page_free(pp);
}

static void
do_decref(void *pp)
{
	page_decref(pp);
}

static void
free_of_a_free_frame_panics(void)
{
	struct PageInfo *a = take(), *b = take(), *list, *pp;

	page_free(b);
	page_free(a);
	EXPECT_PANIC(do_free, a);		/* the head of the list */
	EXPECT_PANIC(do_free, b);		/* in its middle */
	for (pp = page_free_list; pp->pp_link; pp = pp->pp_link)
		/* to the last */;
	EXPECT_PANIC(do_free, pp);
	/* The only one: it links nowhere, like a frame in use. */
	a = take();
	list = take_free_list();
	page_free(a);
	EXPECT_PANIC(do_free, a);
	give_free_list(list);
}

static void
free_of_a_referenced_frame_panics(void)
{
	struct PageInfo *pp = take();

	pp->pp_ref = 1;
	EXPECT_PANIC(do_free, pp);
	pp->pp_ref = 0;
	page_free(pp);
}

static void
free_of_a_reserved_frame_panics(void)
{
	EXPECT_PANIC(do_free, &pages[0]);
	EXPECT_PANIC(do_free, &pages[PGNUM(IOPHYSMEM)]);
	EXPECT_PANIC(do_free, pa2page(PADDR(stext)));
	EXPECT_PANIC(do_free, pa2page(PADDR(pages)));
}

static void
free_of_no_frame_panics(void)
{
	EXPECT_PANIC(do_free, &pages[npages]);
	EXPECT_PANIC(do_free, pages - 1);
	EXPECT_PANIC(do_free, NULL);
}

static void
decref_frees_with_the_last_reference(void)
{
	struct PageInfo *pp = take();

	pp->pp_ref = 2;
	page_decref(pp);
	EXPECT_EQ(pp->pp_ref, 1);
	EXPECT(pp->pp_state == PG_USED, "state %u while referenced",
	       pp->pp_state);
	page_decref(pp);
	EXPECT_EQ(pp->pp_ref, 0);
	EXPECT(page_free_list == pp, "a frame that is not on the free list");
}

static void
decref_without_a_reference_panics(void)
{
	struct PageInfo *pp = take();

	EXPECT_PANIC(do_decref, pp);
	EXPECT_EQ(pp->pp_ref, 0);
	page_free(pp);
}

static void
take_spoilt(void *arg)
{
	(void)arg;
	page_alloc(0);
}

static void
writes_after_free_are_seen(void)
{
	struct PageInfo *pp = take();
	uint32_t *word = page2kva(pp);

	page_free(pp);
	if (!POISON)
		return;
	word[100] ^= 1;
	EXPECT_PANIC(take_spoilt, NULL);
	/* It was taken off the list before that was noticed. */
	word[100] ^= 1;
	page_free(pp);
}

const struct check page_checks[] = {
#define C(name, rule) { "check_page_free_list", #name, rule, name }
	C(list_links_frames, "page_free_list links PageInfos, and ends"),
	C(listed_frames_are_free, "F1: what is on the list is free"),
	C(reserved_frames_are_not_listed,
	  "F3: reserved frames are never free"),
	C(all_other_frames_are_given,
	  "F3: all other RAM in the window is free or used"),
#undef C
#define C(name, rule) { "check_page_alloc", #name, rule, name }
	C(alloc_gives_distinct_frames, "page_alloc: each call another frame"),
	C(alloc_leaves_the_count_alone,
	  "page_alloc: count 0, no link"),
	C(alloc_zero_clears_the_frame_and_no_more,
	  "page_alloc(ALLOC_ZERO) clears all of the frame, nothing else"),
	C(alloc_without_zero_changes_nothing,
	  "page_alloc(0) leaves the contents"),
	C(alloc_from_an_empty_list_returns_null,
	  "page_alloc: NULL if nothing is free"),
	C(alloc_recovers_after_exhaustion,
	  "page_alloc: what is freed can be taken again"),
	C(free_of_a_free_frame_panics, "page_free: double free is seen"),
	C(free_of_a_referenced_frame_panics,
	  "page_free: a referenced frame is refused"),
	C(free_of_a_reserved_frame_panics,
	  "page_free: a reserved frame is refused"),
	C(free_of_no_frame_panics, "page_free: a wild pointer is refused"),
	C(decref_frees_with_the_last_reference,
	  "page_decref frees at zero and only then"),
	C(decref_without_a_reference_panics,
	  "page_decref: no reference, no decrement"),
	C(writes_after_free_are_seen,
	  "page_alloc: a write to a free frame is seen"),
#undef C
	{ NULL, NULL, NULL, NULL }
};
