/*
 * Checks of our kernel's memory detection, and of page_init with memory maps
 * that this machine does not have.
 */

#include <inc/string.h>
#include <inc/x86.h>
#include <kern/check/ram.h>
#include <kern/check/tables.h>
#include <kern/dev/fwcfg.h>
#include <kern/check/guard.h>
#include <kern/pmap.h>
#include <kern/page.h>
#include <kern/physmem.h>

/* --- Sources ----------------------------------------------------------- */

static void
usable_memory_ends_where_its_range_does(void)
{
	const struct mem_range *r;

	for (r = mem_ranges; r < mem_ranges + mem_nranges; r++) {
		EXPECT_THAT(mem_usable_end(r->start) == r->end,
			    "from a range's first byte, its end", "0x%llx",
			    mem_usable_end(r->start));
		EXPECT_THAT(mem_usable_end(r->end - 1) == r->end,
			    "from a range's last byte, its end", "0x%llx",
			    mem_usable_end(r->end - 1));
	}
}

/* The loader's block may be overwritten by now: it must not be read again. */
static void
firmware_says_the_same_again(void)
{
	static struct mem_report reports[MEM_MAX];
	int before = mem_ask(MEM_FIRMWARE, reports), again;
	uint32_t magic = multiboot_magic;

	multiboot_magic = 0;
	again = mem_ask(MEM_FIRMWARE, reports);
	multiboot_magic = magic;
	EXPECT_EQ(again, before);
}

static uint64_t
distance(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

static void
sources_agree(void)
{
	static struct mem_report reports[MEM_MAX];
	static struct mem_range ranges[MEM_MAX];
	static const uint64_t limits[] = { IOPHYSMEM, (uint64_t)1 << 32 };
	enum mem_source source;
	uint64_t is, should;
	size_t i;
	int n;

	if (!fwcfg_ram_size())
		check_skip("only QEMU is known to answer all three sources");
	if (!ram_map_untouched())
		check_skip("the loader may have left memory out");
	for (source = 0; source < MEM_NSOURCES; source++) {
		n = mem_normalize(reports, mem_ask(source, reports), ranges,
				  MEM_MAX);
		/* The firmware reserves some at the ends. */
		for (i = 0; i < ARRAY_SIZE(limits); i++) {
			is = mem_end_below(ranges, n, limits[i]);
			should = mem_end_below(mem_ranges, mem_nranges,
					       limits[i]);
			EXPECT_THAT(distance(is, should) <= MIB / 4,
				    "the end of memory that the kernel found",
				    "%s reports 0x%llx, not 0x%llx",
				    mem_source_names[source], is, should);
		}
		EXPECT_THAT(n >= 2 && ranges[0].start == 0
			    && ranges[0].end <= IOPHYSMEM
			    && ranges[1].start == EXTPHYSMEM,
			    "base memory, then extended memory from 1 MiB",
			    "%s reports another order",
			    mem_source_names[source]);
	}
}

static void
probing_leaves_memory_as_it_was(void)
{
	static struct mem_report reports[MEM_MAX];
	static uint32_t saved[KERNWINSIZE / MIB];
	physaddr_t pa, reach = MIN(npages * PGSIZE, window_mapped);
	bool kept = true;

	/*
	 * Words that probing tests, with values that it cannot have left there.
	 */
	for (pa = 2 * MIB; pa < reach; pa += MIB) {
		saved[pa / MIB] = load32(KERNBASE + pa);
		store32(KERNBASE + pa, pa ^ 0x12345678);
	}
	mem_ask(MEM_PROBE, reports);
	for (pa = 2 * MIB; pa < reach; pa += MIB) {
		kept &= load32(KERNBASE + pa) == (pa ^ 0x12345678);
		store32(KERNBASE + pa, saved[pa / MIB]);
	}
	EXPECT_THAT(kept, "each word unchanged", "some changed");
	EXPECT_FAULT(do_load, UTEXT, 0);
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

const struct check own_init_checks[] = {
	LONG_OWN(PAGE_FREE_LIST, usable_memory_ends_where_its_range_does,
		 "i386_detect_memory",
		 "mem_usable_end returns the end of the range that contains"
		 " pa"),
	LONG_OWN(PAGE_FREE_LIST, firmware_says_the_same_again,
		 "i386_detect_memory",
		 "mem_ask reads the loader's block once and keeps the answer"),
	LONG_OWN(PAGE_FREE_LIST, sources_agree, "i386_detect_memory",
		 "mem_ask: firmware, CMOS and probing find the same memory"),
	LONG_OWN(PAGE_FREE_LIST, probing_leaves_memory_as_it_was,
		 "i386_detect_memory",
		 "mem_ask: probing restores what it overwrites"),
	LONG_OWN(PAGE_FREE_LIST, directory_is_cleared, "mem_init",
		 "mem_init clears the directory before filling it"),
	LONG_OWN(PAGE_FREE_LIST, page_init_reads_any_map, "page_init",
		 "page_init: for any memory map, exactly its whole frames"
		 " are free"),
	CHECK_TABLE_END
};
