/*
 * Checks of how our mem_init begins: boot_alloc, the directory, and page_init,
 * also with memory maps that this machine does not have.
 */

#include <inc/string.h>
#include <inc/x86.h>
#include <kern/check/ram.h>
#include <kern/check/tables.h>
#include <kern/env.h>
#include <kern/sections.h>

static void
do_boot_alloc(void *n)
{
	boot_alloc((uintptr_t)n);
}

static void
boot_alloc_of_too_much_panics(void)
{
	void *next = boot_alloc(0);
	uint32_t limit = MIN(mem_usable_end(PADDR(end)),
			     (uint64_t)ENTRY_MAPPED);

	/* More than exists; and so much that the sum would overflow. */
	EXPECT_PANIC(do_boot_alloc, (void *)(limit - PADDR(next) + 1));
	EXPECT_PANIC(do_boot_alloc, (void *)0xFFFFFFFF);
	EXPECT_EQ((uintptr_t)boot_alloc(0), (uintptr_t)next);
}

static void
boot_alloc_wastes_nothing(void)
{
	EXPECT_EQ((uintptr_t)kern_pgdir, ROUNDUP((uintptr_t)end, PGSIZE));
	EXPECT_EQ((uintptr_t)pages, (uintptr_t)kern_pgdir + PGSIZE);
	EXPECT_EQ((uintptr_t)envs,
		  ROUNDUP((uintptr_t)(pages + npages), PGSIZE));
	EXPECT_EQ((uintptr_t)boot_alloc(0),
		  ROUNDUP((uintptr_t)(envs + NENV), PGSIZE));
}

/* True if all of the 32 frames from pp on are free, by their state. */
static bool
all_free(const struct PageInfo *pp)
{
	uint32_t differs = 0, i;

	UNROLL(32)
	for (i = 0; i < 32; i++)
		differs |= pp[i].pp_state ^ PG_FREE;
	return !differs;
}

static void
states_agree_with_the_list(void)
{
	uint32_t word;
	ppn_t n;

	for (n = 0; n < npages; n++) {
		word = list_has32(n / 32);
		if (word == UINT32_MAX && all_free(&pages[n])) {
			n += 31;
			continue;
		}
		EXPECT_THAT((pages[n].pp_state == PG_FREE)
			    == (word >> n % 32 & 1),
			    "PG_FREE exactly if on the list",
			    "state %u of frame 0x%08x, %s on the list",
			    pages[n].pp_state, n * PGSIZE,
			    list_has(n) ? "which is" : "not");
	}
}

/* The check above looks at the free ones. */
static void
frames_are_reserved_or_ours(void)
{
	uint32_t state;
	ppn_t n;

	for (n = 0; n < npages; n++) {
		if (list_has32(n / 32) == UINT32_MAX) {
			n += 31;
			continue;
		}
		state = pages[n].pp_state;
		EXPECT_THAT(list_has(n) || state == (ram_may(n) ? PG_USED
						     : PG_RESERVED),
			    "PG_RESERVED exactly if it must not be free",
			    "state %u of frame 0x%08x", state, n * PGSIZE);
	}
}

static void
directory_is_cleared(void)
{
	uint32_t i;

	for (i = 0; i < PDX(UTOP); i++)
		EXPECT_THAT(!kern_pgdir[i], "only mem_init's mappings in"
			    " kern_pgdir", "0x%08x in entry 0x%x",
			    kern_pgdir[i], i);
}

/* Before the map is made; later there is more in it. */
static void
directory_has_only_itself(void)
{
	uint32_t i;

	if (PTE_ADDR(rcr3()) == PADDR(kern_pgdir))
		return;
	for (i = 0; i < NPDENTRIES; i++) {
		i += words_alike(&kern_pgdir[i], 0, NPDENTRIES - i);
		EXPECT_THAT(i == NPDENTRIES || i == PDX(UVPT),
			    "only the entry for UVPT set before the map is"
			    " made", "0x%08x in entry 0x%x, for va %p",
			    kern_pgdir[i], i, PGADDR(i, 0, 0));
	}
}

/* --- page_init --------------------------------------------------------- */

#define NFAKE	2048
#define JUNK	0xA5

/* The memory map for page_init, in pages; K is the end of the kernel. */
struct fake_range {
	uint32_t page, bytes;		/* start */
	uint32_t end_page, end_bytes;
	bool from_k;
};

static const struct fake_range fake_map[] = {
	{ 0x00, 0, 0x01, 0x800, false },	/* frame 0, half of the next */
	{ 0x02, 0x800, 0x03, 0x800, false },	/* no whole frame */
	{ 0x04, 0, 0x05, 0, false },		/* one */
	{ 0x06, 0xFFF, 0x09, 1, false },	/* two, and some bytes */
	{ 0x9E, 0, 0xA2, 0, false },		/* into the I/O hole */
	{ 0xFF, 0, 2, 1, true },		/* hole, kernel, beyond */
	{ 4, 0, 5, 0, true },
	{ 8, 1, 12, 0, true },
};

/* The frames that must be free, below K and from K on. */
static const uint32_t free_below[] = { 0x04, 0x07, 0x08, 0x9E, 0x9F };
static const uint32_t free_from_k[] = { 0, 1, 4, 9, 10, 11 };

static struct PageInfo fake_pages[NFAKE + 1];
static struct mem_range real_ranges[MEM_MAX];

static void
do_page_init(void *arg)
{
	(void)arg;
	page_init();
}

static void
fake_ranges(uint32_t k)
{
	const struct fake_range *f;
	struct mem_range *r = mem_ranges;

	for (f = fake_map; f < fake_map + ARRAY_SIZE(fake_map); f++, r++) {
		r->start = (uint64_t)(f->page + (f->from_k && f->page < 0x80
						 ? k : 0)) * PGSIZE + f->bytes;
		r->end = (uint64_t)(f->end_page + (f->from_k ? k : 0)) * PGSIZE
			+ f->end_bytes;
	}
	mem_nranges = ARRAY_SIZE(fake_map);
}

/* Call page_init with that map and n frames; return the list that it made. */
static struct PageInfo *
fake_page_init(uint32_t k, size_t n, struct guard_report *r)
{
	struct PageInfo *real_pages = pages, *list;
	size_t real_npages = npages;
	int real_nranges = mem_nranges;

	memcpy(real_ranges, mem_ranges, sizeof(real_ranges));
	memset(fake_pages, JUNK, sizeof(fake_pages));
	fake_ranges(k);
	pages = fake_pages;
	npages = n;
	guarded(do_page_init, NULL, r);
	list = page_free_list;

	/*
	 * Call it with the real map, so that page.c knows the size of `pages`.
	 */
	memcpy(mem_ranges, real_ranges, sizeof(real_ranges));
	mem_nranges = real_nranges;
	pages = real_pages;
	npages = real_npages;
	page_init();
	state_restore();		/* frames in use are used again */
	return list;
}

static bool
fake_is_free(ppn_t n, uint32_t k)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(free_below); i++)
		if (n == free_below[i])
			return true;
	for (i = 0; i < ARRAY_SIZE(free_from_k); i++)
		if (n == k + free_from_k[i])
			return true;
	return false;
}

static void
expect_fake_frames(const struct PageInfo *list, uint32_t k, size_t n)
{
	const struct PageInfo *pp;

	for (pp = fake_pages; pp < fake_pages + n; pp++) {
		if (!fake_is_free(pp - fake_pages, k)) {
			EXPECT_THAT(pp->pp_state == PG_RESERVED
				    && pp->pp_ref == 0, "reserved, count 0",
				    "frame 0x%x: state %u, count %u; boot_alloc"
				    " ended at 0x%x", pp - fake_pages,
				    pp->pp_state, pp->pp_ref, k);
			EXPECT_THAT(list != pp, "not on the free list",
				    "frame 0x%x is", pp - fake_pages);
			continue;
		}
		EXPECT_THAT(list == pp, "free frames, lowest first",
			    "0x%x instead of 0x%x; boot_alloc ended at 0x%x",
			    list - fake_pages, pp - fake_pages, k);
		EXPECT_THAT(pp->pp_state == PG_FREE && pp->pp_ref == 0,
			    "free, count 0", "frame 0x%x: state %u, count %u",
			    pp - fake_pages, pp->pp_state, pp->pp_ref);
		list = pp->pp_link;
	}
	EXPECT_THAT(!list, "the end of the list", "%p", (void *)list);
	EXPECT_THAT(pp->pp_ref == (JUNK << 8 | JUNK), "nothing written after"
		    " the last frame's PageInfo", "count 0x%x", pp->pp_ref);
}

static void
page_init_reads_any_map(void)
{
	uint32_t k = PGNUM(PADDR(boot_alloc(0)));
	/* The whole map with frames after it, and with its last range cut. */
	const size_t sizes[] = { k + 16, k + 10 };
	struct PageInfo *list;
	struct guard_report r;
	size_t i;

	if (sizes[0] > NFAKE)
		check_skip("the kernel is too large for this");
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		list = fake_page_init(k, sizes[i], &r);
		EXPECT_THAT(r.how == GUARD_OK, "page_init returns",
			    "a fault or a panic: %s", r.message);
		expect_fake_frames(list, k, sizes[i]);
	}
}

const struct check own_page_init_checks[] = {
	OWN(PAGE_FREE_LIST, boot_alloc_wastes_nothing, "boot_alloc",
	    "boot_alloc allocates consecutive memory from the kernel's end"),
	OWN(PAGE_FREE_LIST, boot_alloc_of_too_much_panics, "boot_alloc",
	    "boot_alloc panics rather than return memory that does not exist"),
	OWN(PAGE_FREE_LIST, states_agree_with_the_list, "page_init",
	    "F1: the list holds exactly the frames in state PG_FREE"),
	OWN(PAGE_FREE_LIST, frames_are_reserved_or_ours, "page_init",
	    "F3: exactly the frames that must not be allocated are reserved"),
	OWN(PAGE_FREE_LIST, directory_has_only_itself, "mem_init",
	    "M3: mem_init enters the directory in itself at UVPT, and nowhere"
	    " else"),
	LONG_OWN(PAGE_FREE_LIST, directory_is_cleared, "mem_init",
		 "mem_init clears the directory before filling it"),
	LONG_OWN(PAGE_FREE_LIST, page_init_reads_any_map, "page_init",
		 "page_init: for any memory map, exactly its whole frames"
		 " are free"),
	CHECK_TABLE_END
};
