/*
 * Checks of this kernel's own promises for tables and regions: 4 MiB pages, no
 * user permissions above ULIM, devices, panics, and failures that change
 * nothing. own/insert.c checks single pages.
 */

#include <inc/error.h>
#include <inc/string.h>
#include <inc/x86.h>
#include <kern/check/scratch_dir.h>
#include <kern/check/tables.h>
#include <kern/cpuid.h>
#include <kern/pmap.h>
#include <kern/vmwalk.h>

/* --- Rights ------------------------------------------------------------ */

static void
no_table_above_ulim_is_for_users(void)
{
	dir_begin();
	pgdir_walk(dir, (void *)(ULIM - PGSIZE), 1);
	pgdir_walk(dir, (void *)ULIM, 1);
	EXPECT_EQ(dir[PDX(ULIM - PGSIZE)] & PTE_U, PTE_U);
	EXPECT_EQ(dir[PDX(ULIM)] & (PTE_P | PTE_W | PTE_U), PTE_P | PTE_W);
	dir_end();
}

/* --- Entries that are no tables ------------------------------------------ */

static void
do_walk(void *create)
{
	pgdir_walk(dir, VA1, create != NULL);
}

static void
tables_outside_the_window_are_refused(void)
{
	const pde_t foreign = KERNWINSIZE | PTE_P | PTE_W | PTE_U;

	dir_begin();
	dir[PDX(VA1)] = foreign;
	EXPECT_PANIC(do_walk, NULL);
	EXPECT_PANIC(do_walk, dir);
	EXPECT_EQ(dir[PDX(VA1)], foreign);
	dir[PDX(VA1)] = 0;
	dir_end();
}

/* Neither 0 nor present: reserved for pages that are swapped out. */
static void
absent_entries_are_no_tables(void)
{
	const pde_t absent[] = { PTE_PS | PTE_W, PTSIZE | PTE_W | PTE_U };
	size_t i;

	dir_begin();
	for (i = 0; i < ARRAY_SIZE(absent); i++) {
		dir[PDX(VA1)] = absent[i];
		EXPECT_EQ(pgdir_walk(dir, VA1, 0), NULL);
		EXPECT_EQ(dir[PDX(VA1)], absent[i]);
	}
	dir_end();
}

static void
walk_makes_a_table_for_any_true(void)
{
	dir_begin();
	EXPECT_THAT(pgdir_walk(dir, VA1, 2), "a table: create is not 0",
		    "NULL");
	dir_end();
}

static void
walk_in_a_large_page(void)
{
	struct PageInfo *list;
	pte_t *split;

	if (!cpu_features.pse)
		check_skip("this processor has no 4 MiB pages");
	dir_begin();
	map_large_by_hand(KERNBASE, 0, PTE_W);
	EXPECT_EQ(pgdir_walk(dir, (void *)(KERNBASE + PGSIZE), 0),
		  &dir[PDX(KERNBASE)]);
	list = take_free_list();
	split = pgdir_walk(dir, (void *)(KERNBASE + PGSIZE), 1);
	give_free_list(list);
	EXPECT_EQ(split, NULL);
	EXPECT_EQ(dir[PDX(KERNBASE)], PTE_P | PTE_W | PTE_PS);
	split = pgdir_walk(dir, (void *)(KERNBASE + PGSIZE), 1);
	EXPECT_EQ(dir[PDX(KERNBASE)] & PTE_PS, 0);
	EXPECT_EQ(*split, PGSIZE | PTE_P | PTE_W);
	dir_end();
}

/* --- boot_map_region --------------------------------------------------- */

static void
region_is_rounded_up_to_pages(void)
{
	struct vm_walk w;

	dir_begin();
	boot_map_region(dir, UTEXT, PGSIZE + 1, 0x300000, 0);
	EXPECT_EQ(dir_entry((void *)(UTEXT + PGSIZE)), 0x301000 | PTE_P);
	EXPECT_EQ(dir_entry((void *)(UTEXT + 2 * PGSIZE)), 0);
	boot_map_region(dir, 0U - PTSIZE, PTSIZE - 1, PTSIZE, 0);
	EXPECT_THAT(vm_walk(dir, 0U - 1, &w), "the region's last page is mapped",
		    "0xffffffff is not mapped");
	dir_end();
}

/* With pages of either size, every address must translate alike. */
static void
region_translates_alike_large_and_small(void)
{
	struct vm_walk large, small;
	uintptr_t at = ULIM - PTSIZE;
	uint32_t page;
	pde_t *other;

	if (!cpu_features.pse)
		check_skip("this processor has no 4 MiB pages");
	dir_begin();
	other = memset(page2kva(frame_b), 0, PGSIZE);
	/* One half below ULIM, one above, where users have no permissions. */
	boot_map_region(dir, at, 2 * PTSIZE, PTSIZE, PTE_W | PTE_U);
	cpu_features.pse = false;
	boot_map_region(other, at, 2 * PTSIZE, PTSIZE, PTE_W | PTE_U);
	cpu_features.pse = true;
	EXPECT_EQ(dir[PDX(at)] & PTE_PS, PTE_PS);
	EXPECT_EQ(other[PDX(at)] & PTE_PS, 0);
	for (page = 0; page < 2 * NPTENTRIES; page += 31) {
		vm_walk(dir, at + page * PGSIZE, &large);
		vm_walk(other, at + page * PGSIZE, &small);
		EXPECT_THAT(large.mapped && small.mapped, "both mapped",
			    "page %u is not", page);
		EXPECT_EQ(large.pa, PTSIZE + page * PGSIZE);
		EXPECT_EQ(small.pa, large.pa);
		EXPECT_EQ(large.rights, page < NPTENTRIES
			  ? PTE_P | PTE_W | PTE_U : PTE_P | PTE_W);
		EXPECT_EQ(small.rights, large.rights);
	}
	check_held(pa2page(PTE_ADDR(other[PDX(at)])));
	check_held(pa2page(PTE_ADDR(other[PDX(at) + 1])));
	dir_end();
}

static void
region_is_large_only_where_it_lies_alike(void)
{
	dir_begin();
	/*
	 * Different offsets in 4 MiB; a table exists already; less than 4 MiB.
	 */
	boot_map_region(dir, UTEXT, PTSIZE, PGSIZE, PTE_W);
	EXPECT_EQ(dir[PDX(UTEXT)] & PTE_PS, 0);
	EXPECT_EQ(dir_entry((void *)(UTEXT + PTSIZE - PGSIZE)),
		  PTSIZE | PTE_P | PTE_W);
	boot_map_region(dir, UTEXT, PTSIZE, PTSIZE, PTE_W);
	EXPECT_EQ(dir[PDX(UTEXT)] & PTE_PS, 0);
	EXPECT_EQ(dir_entry((void *)UTEXT), PTSIZE | PTE_P | PTE_W);
	boot_map_region(dir, UTEXT + PTSIZE, PTSIZE - PGSIZE, 0, PTE_W);
	EXPECT_EQ(dir[PDX(UTEXT) + 1] & PTE_PS, 0);
	EXPECT_EQ(dir_entry((void *)(UTEXT + 2 * PTSIZE - PGSIZE)), 0);
	dir_end();
}

static void
region_splits_a_large_page(void)
{
	struct vm_walk w;

	dir_begin();
	map_large_by_hand(KERNBASE, PTSIZE, PTE_W | PTE_PWT);
	boot_map_region(dir, KERNBASE + 7 * PGSIZE, PGSIZE,
			PTSIZE + 7 * PGSIZE, 0);
	EXPECT_EQ(PTE_FLAGS(dir_entry((void *)(KERNBASE + 6 * PGSIZE))),
		  PTE_P | PTE_W | PTE_PWT);
	vm_walk(dir, KERNBASE + 7 * PGSIZE, &w);
	EXPECT_EQ(w.rights, PTE_P);
	vm_walk(dir, KERNBASE + 6 * PGSIZE + 5, &w);
	EXPECT_EQ(w.pa, PTSIZE + 6 * PGSIZE + 5);
	EXPECT_EQ(w.rights, PTE_P | PTE_W);
	vm_walk(dir, KERNBASE + PTSIZE - 1, &w);
	EXPECT_EQ(w.pa, 2 * PTSIZE - 1);
	EXPECT_EQ(pa2page(PTE_ADDR(dir[PDX(KERNBASE)]))->pp_ref, 1);
	dir_end();
}

static void
map_two_tables(void *arg)
{
	(void)arg;
	boot_map_region(dir, UTEXT + PTSIZE - PGSIZE, 2 * PGSIZE, 0, PTE_W);
}

static void
region_without_memory_changes_nothing(void)
{
	struct PageInfo *list;
	bool kept;

	dir_begin();
	/* Leave one frame free where two tables are needed. */
	list = take_free_list();
	put_on_free_list(frame_b);
	EXPECT_PANIC(map_two_tables, NULL);
	kept = page_free_list == frame_b && !frame_b->pp_link;
	give_free_list(list);
	EXPECT_THAT(kept, "the free frame still free", "it was allocated");
	EXPECT_EQ(dir[PDX(UTEXT)], 0);
	EXPECT_EQ(dir[PDX(UTEXT) + 1], 0);
	dir_end();
}

static void
map_unaligned_va(void *arg)
{
	(void)arg;
	boot_map_region(dir, UTEXT + 1, PGSIZE, 0, PTE_W);
}

static void
map_unaligned_pa(void *arg)
{
	(void)arg;
	boot_map_region(dir, UTEXT, PGSIZE, 1, PTE_W);
}

static void
map_past_4gib(void *arg)
{
	(void)arg;
	boot_map_region(dir, 0U - PGSIZE, 2 * PGSIZE, 0, PTE_W);
}

static void
map_physical_past_4gib(void *arg)
{
	(void)arg;
	boot_map_region(dir, UTEXT, 2 * PGSIZE, 0U - PGSIZE, PTE_W);
}

static void
impossible_regions_panic(void)
{
	dir_begin();
	EXPECT_PANIC(map_unaligned_va, NULL);
	EXPECT_PANIC(map_unaligned_pa, NULL);
	EXPECT_PANIC(map_past_4gib, NULL);
	EXPECT_PANIC(map_physical_past_4gib, NULL);
	EXPECT_EQ(dir[PDX(UTEXT)], 0);
	EXPECT_EQ(dir[0], 0);
	dir_end();
}

/* --- mmio_map_region ---------------------------------------------------- */

/* Return the PTE in the kernel's directory; the check ends without one. */
static pte_t *
device_entry(const void *va)
{
	struct vm_walk w;

	vm_walk(kern_pgdir, (uintptr_t)va, &w);
	EXPECT_THAT(w.ptep, "a page table for the device", "none at %p", va);
	return (pte_t *)(uintptr_t)w.ptep;
}

static void
devices_are_mapped_uncached(void)
{
	pde_t before = kern_pgdir[PDX(MMIOBASE)];
	const uint32_t flags = PTE_P | PTE_W | PTE_PCD | PTE_PWT;
	uintptr_t next = mmio_next;
	char *one, *two;

	/* Two bytes on two pages; then an address in the middle of a page. */
	one = mmio_map_region(0xFE000FFF, 2);
	EXPECT_EQ(one, next + 0xFFF);
	two = mmio_map_region(0xFEC00010, 4);
	EXPECT_EQ(two, next + 2 * PGSIZE + 0x10);
	EXPECT_EQ(*device_entry(one), 0xFE000000 | flags);
	EXPECT_EQ(*device_entry(one + 1), 0xFE001000 | flags);
	EXPECT_EQ(*device_entry(two), 0xFEC00000 | flags);
	EXPECT_EQ(mmio_next, next + 3 * PGSIZE);

	/* Undo it; an older table stays. */
	for (; mmio_next != next; mmio_next -= PGSIZE) {
		*device_entry((void *)(mmio_next - PGSIZE)) = 0;
		invlpg((void *)(mmio_next - PGSIZE));
	}
	if (!before)
		check_hold_table(MMIOBASE);
}

static void
devices_that_do_not_fit_are_refused(void)
{
	pde_t before = kern_pgdir[PDX(MMIOBASE)];
	uintptr_t next = mmio_next;
	struct PageInfo *list;
	void *got;

	EXPECT_EQ(mmio_map_region(0xFE000000, 0), NULL);
	EXPECT_EQ(mmio_map_region(0xFFFFF000, PGSIZE + 1), NULL);
	EXPECT_EQ(mmio_map_region(0, MMIOLIM - next + 1), NULL);
	EXPECT_EQ(mmio_map_region(0xFFF, MMIOLIM - next), NULL);
	EXPECT_EQ(mmio_map_region(0, 0xFFFFFFFF), NULL);
	if (!before) {
		list = take_free_list();
		got = mmio_map_region(0xFE000000, 1);
		give_free_list(list);
		EXPECT_EQ(got, NULL);
	}
	EXPECT_EQ(mmio_next, next);
	EXPECT_EQ(kern_pgdir[PDX(MMIOBASE)], before);
}

const struct check own_pmap_checks[] = {
	OWN(PAGE, no_table_above_ulim_is_for_users, "pgdir_walk",
	    "M1: directory entries at and above ULIM give users no"
	    " permissions"),
	OWN(PAGE, tables_outside_the_window_are_refused, "pgdir_walk",
	    "pgdir_walk panics if an entry points outside of the window"),
	OWN(PAGE, absent_entries_are_no_tables, "pgdir_walk",
	    "pgdir_walk never follows an entry without PTE_P"),
	OWN(PAGE, walk_makes_a_table_for_any_true, "pgdir_walk",
	    "pgdir_walk: any create other than 0 is true"),
	OWN(PAGE, walk_in_a_large_page, "pgdir_walk",
	    "pgdir_walk in a 4 MiB page returns its entry, or splits it"
	    " with create"),
	OWN(PAGE, region_is_rounded_up_to_pages, "boot_map_region",
	    "boot_map_region rounds the size up to whole pages"),
	OWN(PAGE, region_translates_alike_large_and_small, "boot_map_region",
	    "boot_map_region: 4 MiB pages and tables translate alike"),
	OWN(PAGE, region_is_large_only_where_it_lies_alike, "boot_map_region",
	    "boot_map_region uses a 4 MiB page only where one fits"),
	OWN(PAGE, region_splits_a_large_page, "boot_map_region",
	    "boot_map_region in a 4 MiB page changes only its own pages"),
	OWN(PAGE, region_without_memory_changes_nothing, "boot_map_region",
	    "E1: boot_map_region without memory changes nothing"),
	OWN(PAGE, impossible_regions_panic, "boot_map_region",
	    "boot_map_region panics if the region is unaligned or wraps"
	    " around"),
	OWN(PAGE, devices_are_mapped_uncached, "mmio_map_region",
	    "mmio_map_region maps devices one after the other, uncached"),
	OWN(PAGE, devices_that_do_not_fit_are_refused, "mmio_map_region",
	    "mmio_map_region returns NULL and changes nothing if it cannot"
	    " map"),
	CHECK_TABLE_END
};
