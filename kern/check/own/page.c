/*
 * Checks of this kernel's own promises for frames: states, poison, and panics.
 */

#include <inc/string.h>
#include <inc/x86.h>
#include <kern/check/ram.h>
#include <kern/check/tables.h>
#include <kern/sections.h>

/* --- Addresses of frames -------------------------------------------------- */

/* Another check reports a wrong npages. */
static void
need_npages(void)
{
	if (npages < ram_end_least() || npages > ram_end_most())
		check_skip("npages is wrong");
}

static void
frames_have_their_addresses(void)
{
	const ppn_t n[] = { 0, 1, npages / 2 + 1, npages - 1 };
	struct PageInfo *pp;
	physaddr_t pa;
	char *kva;
	size_t i;

	need_npages();
	for (i = 0; i < ARRAY_SIZE(n); i++) {
		pp = &pages[n[i]];
		pa = n[i] * PGSIZE;
		kva = (char *)KERNBASE + pa;
		EXPECT_EQ(page2pa(pp), pa);
		EXPECT_EQ(pa2page(pa), pp);
		EXPECT_EQ(pa2page(pa + PGSIZE - 1), pp);
		EXPECT_EQ(page2kva(pp), kva);
		EXPECT_EQ(KADDR(pa + 5), kva + 5);
		EXPECT_EQ(PADDR(kva + 5), pa + 5);
	}
	EXPECT_EQ(PADDR(UINT32_MAX), KERNWINSIZE - 1);
}

static void
do_pa2page(void *pa)
{
	pa2page((physaddr_t)pa);
}

static void
do_kaddr(void *pa)
{
	if (KADDR((physaddr_t)pa))
		return;
}

static void
do_page2kva(void *pp)
{
	if (page2kva(pp))
		return;
}

static void
do_paddr(void *kva)
{
	if (PADDR(kva))
		return;
}

static void
addresses_of_no_frame_are_refused(void)
{
	void *past = (void *)(npages * PGSIZE), *last = (void *)UINT32_MAX;

	need_npages();
	EXPECT_PANIC(do_pa2page, past);
	EXPECT_PANIC(do_pa2page, last);
	EXPECT_PANIC(do_kaddr, past);
	EXPECT_PANIC(do_kaddr, last);
	EXPECT_PANIC(do_page2kva, pages + npages);
	EXPECT_PANIC(do_paddr, (void *)(KERNBASE - 1));
	EXPECT_PANIC(do_paddr, NULL);
}

/* --- States ------------------------------------------------------------ */

static void
alloc_notes_the_state(void)
{
	struct PageInfo *pp;

	EXPECT_EQ(check_take()->pp_state, PG_USED);
	pp = page_alloc(ALLOC_ZERO);
	check_held(pp);
	EXPECT_EQ(pp->pp_state, PG_USED);
}

static void
free_notes_the_state(void)
{
	struct PageInfo *pp = check_take();

	page_free(pp);
	EXPECT_EQ(pp->pp_state, PG_FREE);
}

/* Without ALLOC_ZERO the contents are undefined: zeroes are right, too. */
static void
alloc_zero_among_other_flags(void)
{
	struct PageInfo *pp = check_take(), *list;
	uint32_t *word = page2kva(pp);

	list = take_free_list();
	put_on_free_list(pp);
	word[0] = 1;
	page_alloc(~0);
	give_free_list(list);
	EXPECT_EQ(word[0], 0);
}

/* --- What is refused --------------------------------------------------- */

static void
do_decref(void *pp)
{
	page_decref(pp);
}

/*
 * Check a frame that no check allocates: the harness would not notice a change.
 */
static void
expect_not_freed(struct PageInfo *pp)
{
	struct PageInfo before = *pp;
	struct guard_report r;

	guarded(do_free, pp, &r);
	*pp = before;
	EXPECT_THAT(r.how == GUARD_PANIC, "page_free panics",
		    "it freed the frame at 0x%08x", page2pa(pp));
}

/*
 * Take the last frame of the list: at a high address, perhaps outside of the
 * window.
 */
static void
free_takes_any_frame(void)
{
	struct PageInfo *list = take_free_list(), **link = &list, *pp;

	while ((*link)->pp_link)
		link = &(*link)->pp_link;
	/* By hand: page_alloc may clear it, and it may not be mapped yet. */
	pp = *link;
	*link = NULL;
	pp->pp_state = PG_USED;
	page_free(pp);
	EXPECT_EQ(page_free_list, pp);
	give_free_list(list);
}

static void
free_of_a_reserved_frame_panics(void)
{
	expect_not_freed(&pages[0]);
	expect_not_freed(&pages[PGNUM(IOPHYSMEM)]);
	expect_not_freed(pa2page(PADDR(stext)));
	expect_not_freed(pa2page(PADDR(pages)));
}

static void
free_of_no_frame_panics(void)
{
	/*
	 * Make the record after the last look valid, if there is room for it.
	 */
	if ((uintptr_t)&pages[npages] % PGSIZE)
		pages[npages] = (struct PageInfo) { .pp_state = PG_USED };
	EXPECT_PANIC(do_free, &pages[npages]);
	EXPECT_PANIC(do_free, pages - 1);
	EXPECT_PANIC(do_free, NULL);
}

static void
decref_without_a_reference_panics(void)
{
	struct PageInfo *pp = check_take();

	EXPECT_PANIC(do_decref, pp);
	EXPECT_EQ(pp->pp_ref, 0);
	EXPECT_EQ(pp->pp_state, PG_USED);
}

/* --- Poison ------------------------------------------------------------ */

static void
take_spoilt(void *arg)
{
	(void)arg;
	page_alloc(0);
}

/*
 * True if page_alloc notices that a word of pp was written after page_free.
 * Both frames are in use, before and afterwards.
 */
static bool
write_is_seen(struct PageInfo *pp, struct PageInfo *other, size_t place)
{
	uint32_t *word = (uint32_t *)page2kva(pp) + place;
	struct guard_report r;

	page_free(pp);
	page_free(other);
	if (!check_listed(pp))
		check_skip("page_free does not put frames on the list");
	*word ^= 1;
	page_alloc(0);			/* the other is unchanged */
	guarded(take_spoilt, NULL, &r);
	*word ^= 1;
	return r.how == GUARD_PANIC;
}

/* In two neighbouring frames: one of the two may be blind there. */
static void
writes_after_free_are_seen(void)
{
	static const size_t places[] = { 0, 100, PGSIZE / 4 - 1 };
	struct PageInfo *a = check_take(), *b = check_take();
	size_t i;

	if (!POISON)
		check_skip("this kernel is built without POISON");
	for (i = 0; i < ARRAY_SIZE(places); i++)
		EXPECT_THAT(write_is_seen(a, b, places[i])
			    || write_is_seen(b, a, places[i]),
			    "a panic: the frame was written after page_free",
			    "page_alloc returned it: word %u", places[i]);
}

/* Each sixteenth of a frame, its first word and its last one. */
static void
few_writes_after_free_are_missed(void)
{
	struct PageInfo *pp = check_take(), *other = check_take();
	uint32_t place, missed = 0;

	if (!POISON)
		check_skip("this kernel is built without POISON");
	for (place = 0; place < PGSIZE / 4; place += 64)
		missed += !write_is_seen(pp, other, place)
			|| !write_is_seen(pp, other, place + 63);
	EXPECT_THAT(missed <= 1, "writes detected in 15 of 16 parts of a"
		    " frame at least", "missed in %u", missed);
}

/*
 * The next frame begins where the poison must end. If that frame is free, it is
 * poisoned, too: its first word is changed meanwhile.
 */
static void
free_writes_to_its_frame_only(void)
{
	struct PageInfo *pp = check_take();
	uint32_t *word, was, before, after;
	bool poisoned;

	while (pp + 1 == pages + npages)
		pp = check_take();
	word = page2kva(pp + 1);
	poisoned = pp[1].pp_state == PG_FREE;
	was = before = *word;
	if (poisoned)
		*word = before = 0x5A5A5A5A;
	page_free(pp);
	after = *word;
	if (poisoned)
		*word = was;
	EXPECT_EQ(after, before);
}

/*
 * These run before all others of their groups: a failure here shows in all of
 * them, and a panic in page_free would end them.
 */
const struct check own_state_checks[] = {
	LONG_OWN(PAGE_FREE_LIST, frames_have_their_addresses, "page2pa",
		 "page2pa, pa2page, page2kva, PADDR, KADDR: frame n is at n"
		 " * PGSIZE"),
	LONG_OWN(PAGE_FREE_LIST, addresses_of_no_frame_are_refused, "page2pa",
		 "pa2page, page2kva, PADDR, KADDR panic if the address or"
		 " frame is invalid"),
	OWN(PAGE_ALLOC, alloc_notes_the_state, "page_alloc",
	    "page_alloc marks the frame as used"),
	CHECK_TABLE_END
};

const struct check own_page_checks[] = {
	OWN(PAGE_ALLOC, alloc_zero_among_other_flags, "page_alloc",
	    "page_alloc: other flags do not prevent ALLOC_ZERO"),
	OWN(PAGE_ALLOC, free_notes_the_state, "page_free",
	    "page_free marks the frame as free"),
	OWN(PAGE_ALLOC, writes_after_free_are_seen, "page_free",
	    "page_alloc detects writes to a frame after page_free"),
	LONG_OWN(PAGE_ALLOC, few_writes_after_free_are_missed, "page_free",
		 "page_alloc detects writes after page_free in 15 of 16"
		 " parts of a frame"),
	OWN(PAGE_ALLOC, free_of_a_reserved_frame_panics, "page_free",
	    "page_free panics if the frame is reserved"),
	OWN(PAGE_ALLOC, free_of_no_frame_panics, "page_free",
	    "page_free panics if the pointer is not a frame's"),
	OWN(PAGE_ALLOC, decref_without_a_reference_panics, "page_decref",
	    "page_decref panics if the count is 0"),
	LONG_OWN(PAGE_ALLOC, free_writes_to_its_frame_only, "page_free",
		 "page_free does not write to the next frame"),
	LONG_OWN(PAGE_ALLOC, free_takes_any_frame, "page_free",
		 "page_free works for the highest frame, too"),
	CHECK_TABLE_END
};
