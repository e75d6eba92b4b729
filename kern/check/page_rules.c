/*
 * Checks of frames: which are free, and the bookkeeping when they are allocated
 * and freed. They use only the public interface; they ask the machine itself
 * for its RAM (ram.c).
 */

#include <inc/string.h>
#include <inc/x86.h>
#include <kern/check/ram.h>
#include <kern/check/tables.h>
#include <kern/sections.h>

/* --- boot_alloc, and how many frames there are --------------------------- */

/* If mem_init did not create them, blame only mem_init. */
static void
need_tables(void)
{
	if (!foreign_made_tables())
		check_skip("mem_init did not make both pages and kern_pgdir");
}

static void
boot_alloc_begins_after_the_kernel(void)
{
	need_tables();
	EXPECT_THAT((uintptr_t)kern_pgdir >= (uintptr_t)end,
		    "kern_pgdir at or above `end`", "kern_pgdir 0x%08x, but the"
		    " kernel image ends at 0x%08x", (uintptr_t)kern_pgdir,
		    (uintptr_t)end);
	EXPECT_THAT((uintptr_t)pages >= (uintptr_t)end,
		    "pages at or above `end`", "pages 0x%08x, but the kernel"
		    " image ends at 0x%08x", (uintptr_t)pages, (uintptr_t)end);
}

static void
boot_alloc_gives_whole_pages(void)
{
	need_tables();
	EXPECT_EQ((uintptr_t)kern_pgdir % PGSIZE, 0);
	EXPECT_EQ((uintptr_t)pages % PGSIZE, 0);
	if (MISSING(boot_alloc))
		check_skip("there is no boot_alloc to call");
	EXPECT_EQ((uintptr_t)foreign_boot_alloc(BOOT_ALLOC_NOTHING) % PGSIZE,
		  0);
}

static void
boot_alloc_gives_nothing_twice(void)
{
	uintptr_t dir = (uintptr_t)kern_pgdir, first = (uintptr_t)pages;
	uintptr_t stop = (uintptr_t)(pages + npages), next;

	need_tables();
	EXPECT_THAT(dir + PGSIZE <= first || dir >= stop,
		    "kern_pgdir and pages do not overlap",
		    "pages is [0x%08x, 0x%08x), and kern_pgdir 0x%08x",
		    first, stop, dir);
	if (MISSING(boot_alloc))
		check_skip("there is no boot_alloc to call");
	next = (uintptr_t)foreign_boot_alloc(BOOT_ALLOC_NOTHING);
	EXPECT_THAT(next >= stop && next >= dir + PGSIZE,
		    "boot_alloc(0) after all allocated memory",
		    "0x%08x, but pages ends at 0x%08x, kern_pgdir at 0x%08x",
		    next, stop, dir + PGSIZE);
}

static void
boot_alloc_of_nothing_takes_nothing(void)
{
	uintptr_t first, again;

	if (MISSING(boot_alloc))
		check_skip("there is no boot_alloc to call");
	first = (uintptr_t)foreign_boot_alloc(BOOT_ALLOC_NOTHING);
	again = (uintptr_t)foreign_boot_alloc(BOOT_ALLOC_NOTHING_AGAIN);
	EXPECT_THAT(again == first, "boot_alloc(0) again returns the same"
		    " address", "0x%08x, then 0x%08x", first, again);
}

static void
npages_is_the_ram_there_is(void)
{
	ppn_t least = ram_end_least(), most = ram_end_most();

	EXPECT_THAT(npages >= least && npages <= most,
		    "npages at the last frame of RAM in the window",
		    "%u (0x%x), but RAM ends at frame 0x%x%s", npages, npages,
		    npages < least ? least : most,
		    least != most ? ", according to one source" : "");
}

/* --- The free list ----------------------------------------------------- */

static void
list_links_frames(void)
{
	char trouble[120];

	list_trouble(trouble, sizeof(trouble));
	EXPECT_THAT(!trouble[0], "elements of pages, each once, then NULL",
		    "%s", trouble);
	EXPECT_THAT(list_length() > 0, "free frames", "an empty list");
}

/* True if the 32 frames from pp on have no references. */
static bool
no_references(const struct PageInfo *pp)
{
	uint32_t refs = 0, i;

	UNROLL(32)
	for (i = 0; i < 32; i++)
		refs |= pp[i].pp_ref;
	return !refs;
}

static void
listed_frames_have_no_reference(void)
{
	ppn_t n;

	for (n = 0; n < npages; n++)
		if (n + 32 <= npages && no_references(&pages[n]))
			n += 31;
		else
			EXPECT_THAT(!pages[n].pp_ref || !list_has(n),
				    "pp_ref 0 in all free frames",
				    "pp_ref %u in frame 0x%08x",
				    pages[n].pp_ref, n * PGSIZE);
}

/* Check that no frame of [first, limit) is free. */
static void
expect_not_listed(ppn_t first, ppn_t limit)
{
	ppn_t n;

	for (n = first; n < limit && n < npages; n++)
		EXPECT_THAT(!list_has(n), "no unusable frame on"
			    " page_free_list", "frame 0x%08x is on it, but %s", n * PGSIZE,
			    ram_why_not(n));
}

static void
frame_0_is_never_free(void)
{
	expect_not_listed(0, 1);
}

static void
io_hole_is_never_free(void)
{
	expect_not_listed(PGNUM(IOPHYSMEM), PGNUM(EXTPHYSMEM));
}

static void
kernel_image_is_never_free(void)
{
	expect_not_listed(PGNUM(EXTPHYSMEM),
			  PGNUM((uintptr_t)end - 1 - KERNBASE) + 1);
}

static void
boot_memory_is_never_free(void)
{
	expect_not_listed(PGNUM((uintptr_t)end - 1 - KERNBASE) + 1,
			  ram_boot_end());
}

/* The number of words with a bit for each frame. */
#define NWORDS	((npages + 31) / 32)

/* Return the number of the lowest bit set. => word != 0 */
static uint32_t
lowest(uint32_t word)
{
	uint32_t n = 0;

	while (!(word >> n & 1))
		n++;
	return n;
}

static void
absent_and_kept_memory_is_never_free(void)
{
	uint32_t i, wrong, hole = PGNUM(IOPHYSMEM) / 32;
	uint32_t first = ram_boot_end() / 32;
	ppn_t n;

	/* Frame 0, the hole and the kernel have their own checks. */
	for (i = 0; i < NWORDS; i = i == hole - 1 ? first : i + 1) {
		wrong = list_has32(i) & ~ram_may32(i);
		if (i == 0)
			wrong &= ~1U;
		if (i == first)
			wrong &= UINT32_MAX << ram_boot_end() % 32;
		n = i * 32 + (wrong ? lowest(wrong) : 0);
		EXPECT_THAT(!wrong, "no unusable frame on"
			    " page_free_list", "frame 0x%08x is on it, but %s", n * PGSIZE,
			    ram_why_not(n));
	}
}

/*
 * True if frame n is used. Its count does not tell: page_init may have set
 * counts of frames that it left off the list, even by mistake.
 */
static bool
in_use(ppn_t n)
{
	uint32_t i;

#if FOREIGN
	/* From lab 4 on, other processors start in this frame. */
	if (n == PGNUM(MPENTRY_PADDR))
		return true;
#else
	if (pages[n].pp_state == PG_USED)
		return true;
#endif
	for (i = 0; i < NPDENTRIES; i++)
		if ((kern_pgdir[i] & (PTE_P | PTE_PS)) == PTE_P
		    && PGNUM(kern_pgdir[i]) == n)
			return true;
	return false;
}

static void
expect_given(ppn_t first, ppn_t limit)
{
	ppn_t n, lost = 0, count = 0;
	uint32_t i, missing;

	limit = MIN(limit, (ppn_t)npages);
	for (i = first / 32; i < (limit + 31) / 32; i++) {
		missing = ram_must32(i) & ~list_has32(i);
		for (; missing; missing &= missing - 1) {
			n = i * 32 + lowest(missing);
			if (n < first || n >= limit || in_use(n))
				continue;
			if (!count++)
				lost = n;
		}
	}
	EXPECT_THAT(!count, "every unused frame of RAM is free",
		    "%u of them %s not, the first at 0x%08x", count,
		    count == 1 ? "is" : "are", lost * PGSIZE);
}

static void
base_memory_is_free(void)
{
	expect_given(1, PGNUM(IOPHYSMEM));
}

static void
extended_memory_is_free(void)
{
	expect_given(ram_boot_end(), npages);
}

/* --- page_alloc -------------------------------------------------------- */

static void
alloc_gives_distinct_frames(void)
{
	struct PageInfo *pp[3];
	int i;

	for (i = 0; i < 3; i++)
		pp[i] = check_take();
	EXPECT_THAT(pp[0] != pp[1] && pp[0] != pp[2] && pp[1] != pp[2],
		    "three different frames", "0x%08x, 0x%08x, 0x%08x",
		    page2pa(pp[0]), page2pa(pp[1]), page2pa(pp[2]));
}

static void
alloc_takes_the_frame_off_the_list(void)
{
	struct PageInfo *pp = check_take();

	EXPECT_THAT(!check_listed(pp), "a frame that is no longer free",
		    "frame 0x%08x is still on page_free_list", page2pa(pp));
	check_take();
	EXPECT_THAT(check_list_growth() == -2, "two fewer free frames than"
		    " before", "%d fewer", -check_list_growth());
}

static void
alloc_leaves_the_count_alone(void)
{
	struct PageInfo *pp = check_take();

	EXPECT_EQ(pp->pp_ref, 0);
}

static void
alloc_clears_the_link(void)
{
	struct PageInfo *pp = check_take();

#if FOREIGN
	if (pp->pp_link && !foreign_text_clears_link)
		check_skip("the file's own text does not ask for it");
#endif
	EXPECT_THAT(!pp->pp_link, "pp_link NULL in a frame that is in use",
		    "%p", (void *)pp->pp_link);
}

static void
expect_filled(struct PageInfo *pp, uint32_t value, const char *what)
{
	const uint32_t *word = page2kva(pp);
	uint32_t i;

	for (i = 0; i < PGSIZE / 4; i++)
		EXPECT_THAT(word[i] == value, what,
			    "0x%08x instead of 0x%08x at offset 0x%x", word[i],
			    value, i * 4);
}

/* Call page_alloc(flags) while pp, a used frame, is the only free one. */
static struct PageInfo *
free_and_take_again(struct PageInfo *pp, int flags)
{
	struct PageInfo *list = take_free_list(), *got;

	put_on_free_list(pp);
	got = page_alloc(flags);
	give_free_list(list);
	EXPECT_THAT(got == pp, "the only free frame", "%p instead of %p",
		    (void *)got, (void *)pp);
	return got;
}

static void
alloc_zero_clears_all_of_the_frame(void)
{
	struct PageInfo *pp = check_take();

	memset(page2kva(pp), 0x5A, PGSIZE);
	free_and_take_again(pp, ALLOC_ZERO);
	expect_filled(pp, 0, "every byte 0");
}

static void
alloc_zero_clears_nothing_else(void)
{
	struct PageInfo *pp[3];
	int i;

	/* Three neighbours, if frames are allocated in order. */
	for (i = 0; i < 3; i++) {
		pp[i] = check_take();
		memset(page2kva(pp[i]), 0x5A, PGSIZE);
	}
	free_and_take_again(pp[1], ALLOC_ZERO);
	expect_filled(pp[0], 0x5A5A5A5A, "the other frames unchanged");
	expect_filled(pp[2], 0x5A5A5A5A, "the other frames unchanged");
}

static void
alloc_from_an_empty_list_returns_null(void)
{
	struct PageInfo *list = take_free_list(), *got, *zeroed;

	got = page_alloc(0);
	zeroed = page_alloc(ALLOC_ZERO);
	give_free_list(list);
	EXPECT_THAT(!got && !zeroed, "NULL: nothing is free", "%p, %p",
		    (void *)got, (void *)zeroed);
}

static void
alloc_recovers_after_exhaustion(void)
{
	struct PageInfo *pp = check_take(), *list = take_free_list();
	struct PageInfo *got, *none;

	put_on_free_list(pp);
	got = page_alloc(0);
	none = page_alloc(0);
	give_free_list(list);
	EXPECT_THAT(got == pp, "the only free frame", "%p instead of %p",
		    (void *)got, (void *)pp);
	EXPECT_THAT(!none, "NULL after the last frame", "%p", (void *)none);
}

/*
 * Take the free list apart by hand: the frames that are mapped stay on it, the
 * others are returned. Until mem_init loads kern_pgdir, page_alloc could not
 * clear these. Sets *n to the number of those that stay.
 */
static struct PageInfo *
take_unmapped(uint32_t *n)
{
	struct PageInfo *pp = take_free_list(), *others = NULL, *next, **list;

	for (*n = 0; is_frame(pp) && *n <= npages; pp = next) {
		next = pp->pp_link;
		*n += page2pa(pp) < window_mapped;
		list = page2pa(pp) < window_mapped ? &page_free_list : &others;
		pp->pp_link = *list;
		*list = pp;
	}
	return others;
}

static void
alloc_gives_every_free_frame_once(void)
{
	uint32_t free, n = 0;
	struct PageInfo *others = take_unmapped(&free), *pp, *all = NULL;

	/* Keep the frames in a list of our own, through pp_link. */
	while (n <= free && (pp = page_alloc(0)) != NULL) {
		EXPECT_THAT(is_frame(pp), "an element of pages", "%p",
			    (void *)pp);
		pp->pp_link = all;
		all = pp;
		n++;
	}
	EXPECT_EQ(n, free);
	while (all) {
		pp = all;
		all = pp->pp_link;
		put_on_free_list(pp);
	}
	EXPECT_EQ(count_free(), free);
	give_free_list(others);
}

/* --- page_free, page_decref -------------------------------------------- */

static void
free_puts_the_frame_on_the_list(void)
{
	struct PageInfo *pp = check_take();

	page_free(pp);
	EXPECT_THAT(check_listed(pp), "the frame on page_free_list",
		    "0x%08x is not on it", page2pa(pp));
	EXPECT_THAT(check_list_growth() == 0, "as many free frames as before",
		    "%d more", check_list_growth());
}

/*
 * Call fn(pp), and check that the neighbouring elements of pages stay
 * unchanged, except their links: the order of the list is not specified.
 */
static void
expect_others_kept(void (*fn)(struct PageInfo *pp), struct PageInfo *pp)
{
	struct PageInfo *other[] = { pp - 1, pp + 1 }, was[2], is[2];
	size_t i;

	for (i = 0; i < 2; i++)
		if (is_frame(other[i])) {
			was[i] = *other[i];
			other[i]->pp_ref = 7;
		}
	fn(pp);
	for (i = 0; i < 2; i++)
		if (is_frame(other[i])) {
			is[i] = *other[i];
			*other[i] = was[i];
		}
	for (i = 0; i < 2; i++)
		EXPECT_THAT(!is_frame(other[i]) || (is[i].pp_ref == 7
			    && is[i].pp_state == was[i].pp_state),
			    "the neighbouring elements of pages unchanged",
			    "frame 0x%08x: pp_ref %u (was 7), state %u (was"
			    " %u)", page2pa(other[i]), is[i].pp_ref,
			    is[i].pp_state, was[i].pp_state);
}

static void
free_changes_no_other_frame(void)
{
	expect_others_kept(page_free, check_take());
}

static void
decref_changes_no_other_frame(void)
{
	struct PageInfo *pp = check_take();

	pp->pp_ref = 2;
	expect_others_kept(page_decref, pp);
	pp->pp_ref = 0;
}

static void
free_works_with_an_empty_list(void)
{
	struct PageInfo *a = check_take(), *b = check_take();
	struct PageInfo *list = take_free_list();
	bool both;
	uint32_t n;

	page_free(a);
	page_free(b);
	both = check_listed(a) && check_listed(b);
	n = count_free();
	give_free_list(list);
	EXPECT_THAT(both && n == 2, "both frames on a list of two",
		    "a list of %u", n);
}

static void
free_of_a_free_frame_panics(void)
{
	struct PageInfo *a = check_take(), *b = check_take(), *list, *pp;

	page_free(b);
	page_free(a);
	EXPECT_PANIC(do_free, a);		/* the head */
	EXPECT_PANIC(do_free, b);		/* in the middle */
	/*
	 * In course texts a frame with a link is free; the last one has none.
	 */
	if (FOREIGN)
		return;
	pp = page_free_list;
	EXPECT_THAT(is_frame(pp) && is_frame(pp->pp_link),
		    "elements of pages on page_free_list", "%p",
		    is_frame(pp) ? (void *)pp->pp_link : (void *)pp);
	for (; pp->pp_link; pp = pp->pp_link)
		/* find the last */;
	EXPECT_PANIC(do_free, pp);
	/* The only free frame has no link, like a used one. */
	a = check_take();
	list = take_free_list();
	page_free(a);
	EXPECT_PANIC(do_free, a);
	give_free_list(list);
}

static void
free_of_a_referenced_frame_panics(void)
{
	struct PageInfo *pp = check_take();

	pp->pp_ref = 1;
	EXPECT_PANIC(do_free, pp);
	pp->pp_ref = 0;
}

static void
decref_drops_one_reference(void)
{
	struct PageInfo *pp = check_take();

	pp->pp_ref = 3;
	page_decref(pp);
	EXPECT_EQ(pp->pp_ref, 2);
	EXPECT_THAT(!check_listed(pp), "not free while it has references",
		    "frame 0x%08x on page_free_list", page2pa(pp));
	page_decref(pp);
	EXPECT_EQ(pp->pp_ref, 1);
	EXPECT_THAT(!check_listed(pp), "not free while it has references",
		    "frame 0x%08x on page_free_list", page2pa(pp));
	/* Use the whole count, not its low byte. */
	pp->pp_ref = 257;
	page_decref(pp);
	EXPECT_EQ(pp->pp_ref, 256);
	EXPECT_THAT(!check_listed(pp), "not free while it has references",
		    "frame 0x%08x on page_free_list", page2pa(pp));
}

static void
decref_frees_with_the_last_reference(void)
{
	struct PageInfo *pp = check_take();

	pp->pp_ref = 1;
	page_decref(pp);
	EXPECT_EQ(pp->pp_ref, 0);
	EXPECT_THAT(check_listed(pp), "free after its last reference",
		    "frame 0x%08x is not on page_free_list", page2pa(pp));
}

const struct check page_checks[] = {
	RULE(PAGE_FREE_LIST, npages_is_the_ram_there_is, "i386_detect_memory",
	     "npages counts the frames up to the end of RAM"),
	RULE(PAGE_FREE_LIST, boot_alloc_begins_after_the_kernel, "boot_alloc",
	     "boot_alloc does not return memory of the kernel image"),
	RULE(PAGE_FREE_LIST, boot_alloc_gives_whole_pages, "boot_alloc",
	     "boot_alloc returns page-aligned memory"),
	RULE(PAGE_FREE_LIST, boot_alloc_gives_nothing_twice, "boot_alloc",
	     "boot_alloc returns different memory at each call"),
	RULE(PAGE_FREE_LIST, boot_alloc_of_nothing_takes_nothing, "boot_alloc",
	     "boot_alloc(0) allocates nothing: it returns the next free"
	     " address"),
	RULE(PAGE_FREE_LIST, list_links_frames, "page_init",
	     "page_free_list links elements of pages and ends with NULL"),
	RULE(PAGE_FREE_LIST, listed_frames_have_no_reference, "page_init",
	     "F1: free frames have no references"),
	RULE(PAGE_FREE_LIST, frame_0_is_never_free, "page_init",
	     "F3: frame 0 is never free"),
	RULE(PAGE_FREE_LIST, io_hole_is_never_free, "page_init",
	     "F3: the I/O hole is never free"),
	RULE(PAGE_FREE_LIST, kernel_image_is_never_free, "page_init",
	     "F3: the kernel image is never free"),
	RULE(PAGE_FREE_LIST, boot_memory_is_never_free, "page_init",
	     "F3: memory from boot_alloc is never free"),
	RULE(PAGE_FREE_LIST, absent_and_kept_memory_is_never_free, "page_init",
	     "F3: absent and firmware memory is never free"),
	RULE(PAGE_FREE_LIST, base_memory_is_free, "page_init",
	     "F3: all other RAM below the I/O hole is free"),
	RULE(PAGE_FREE_LIST, extended_memory_is_free, "page_init",
	     "F3: all RAM after boot_alloc's memory is free"),
	RULE(PAGE_ALLOC, alloc_gives_distinct_frames, "page_alloc",
	     "page_alloc returns a different frame at each call"),
	RULE(PAGE_ALLOC, alloc_takes_the_frame_off_the_list, "page_alloc",
	     "page_alloc takes the frame off the free list"),
	RULE(PAGE_ALLOC, alloc_leaves_the_count_alone, "page_alloc",
	     "page_alloc leaves pp_ref 0: the caller counts"),
	RULE(PAGE_ALLOC, alloc_clears_the_link, "page_alloc",
	     "page_alloc sets pp_link to NULL"),
	RULE(PAGE_ALLOC, alloc_zero_clears_all_of_the_frame, "page_alloc",
	     "page_alloc(ALLOC_ZERO) clears the whole frame"),
	RULE(PAGE_ALLOC, alloc_zero_clears_nothing_else, "page_alloc",
	     "page_alloc(ALLOC_ZERO) clears nothing but the frame"),
	RULE(PAGE_ALLOC, alloc_from_an_empty_list_returns_null, "page_alloc",
	     "page_alloc returns NULL if no frame is free"),
	RULE(PAGE_ALLOC, alloc_recovers_after_exhaustion, "page_alloc",
	     "page_alloc returns a frame again after it was freed"),
	RULE(PAGE_ALLOC, free_puts_the_frame_on_the_list, "page_free",
	     "page_free adds the frame to the free list, and no other"),
	RULE(PAGE_ALLOC, free_changes_no_other_frame, "page_free",
	     "page_free leaves the counts of other frames unchanged"),
	RULE(PAGE_ALLOC, free_works_with_an_empty_list, "page_free",
	     "page_free works when the free list is empty"),
	LONG_RULE(PAGE_ALLOC, alloc_gives_every_free_frame_once, "page_alloc",
		  "page_alloc gives each free frame once, then NULL"),
	ADVICE(PAGE_ALLOC, free_of_a_free_frame_panics, "page_free",
	       "page_free panics if the frame is free already"),
	ADVICE(PAGE_ALLOC, free_of_a_referenced_frame_panics, "page_free",
	       "page_free panics if the frame has references"),
	RULE(PAGE_ALLOC, decref_drops_one_reference, "page_decref",
	     "page_decref drops one reference, and frees only with the last"
	     " one"),
	RULE(PAGE_ALLOC, decref_changes_no_other_frame, "page_decref",
	     "page_decref leaves the counts of other frames unchanged"),
	RULE(PAGE_ALLOC, decref_frees_with_the_last_reference, "page_decref",
	     "page_decref frees the frame with its last reference"),
	CHECK_TABLE_END
};
