/*
 * Checks of our kernel's memory detection: the ranges of RAM that it finds, and
 * the three sources that it asks.
 */

#include <inc/string.h>
#include <inc/x86.h>
#include <kern/check/ram.h>
#include <kern/check/tables.h>
#include <kern/dev/fwcfg.h>

static void
firmware_is_believed_first(void)
{
	static struct mem_report reports[MEM_MAX];
	int source;

	if (!ram_map_untouched())
		check_skip("a loader's map may lack the kernel's own memory");
	for (source = 0; source < MEM_NSOURCES; source++)
		if (mem_ask(source, reports) > 0)
			break;
	EXPECT_THAT((int)mem_source == source, "the first source that answers",
		    "%s, though %s answers", mem_source_names[mem_source],
		    mem_source_names[MIN(source, MEM_NSOURCES - 1)]);
}

static void
all_of_qemus_ram_is_found(void)
{
	uint64_t size = fwcfg_ram_size(), found = 0;
	int i;

	if (!size)
		check_skip("this machine does not report the size of its RAM");
	if (!ram_map_untouched())
		check_skip("the loader may have left memory out");
	/* Some of it may be above 4 GiB, even if there is little. */
	for (i = 0; i < mem_nranges; i++)
		found += mem_ranges[i].end - mem_ranges[i].start;
	/* The firmware may reserve some at the end. */
	EXPECT_THAT(found <= size && found + MIN(size >> 2, 1ULL << 20) >= size
		    && npages == mem_end_below(mem_ranges, mem_nranges,
					       KERNWINSIZE) / PGSIZE,
		    "all of the machine's RAM, or nearly",
		    "%llu of %llu KiB, %u frames", found / 1024, size / 1024,
		    npages);
}

static void
base_memory_is_counted(void)
{
	ppn_t n, end = 0;

	/* A map may have no RAM there at all. */
	for (n = 0; n < PGNUM(IOPHYSMEM); n++)
		if (ram_there(n))
			end = n + 1;
	EXPECT_THAT(npages_basemem == end,
		    "npages_basemem at the end of RAM below the I/O hole",
		    "0x%x instead of 0x%x", npages_basemem, end);
}

static void
ranges_are_sorted_and_apart(void)
{
	int i;

	for (i = 0; i < mem_nranges; i++)
		EXPECT_THAT(mem_ranges[i].start < mem_ranges[i].end
			    && (!i || mem_ranges[i - 1].end
				< mem_ranges[i].start),
			    "sorted ranges with gaps between them",
			    "range %d is [0x%llx, 0x%llx)", i,
			    mem_ranges[i].start, mem_ranges[i].end);
}

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

const struct check own_detect_checks[] = {
	OWN(PAGE_FREE_LIST, firmware_is_believed_first, "i386_detect_memory",
	    "i386_detect_memory prefers firmware, then CMOS, then probing"),
	OWN(PAGE_FREE_LIST, all_of_qemus_ram_is_found, "i386_detect_memory",
	    "i386_detect_memory finds all RAM in the window"),
	OWN(PAGE_FREE_LIST, base_memory_is_counted, "i386_detect_memory",
	    "npages_basemem counts the frames below the I/O hole"),
	OWN(PAGE_FREE_LIST, ranges_are_sorted_and_apart, "i386_detect_memory",
	    "mem_ranges is sorted and has no overlaps"),
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
	CHECK_TABLE_END
};
