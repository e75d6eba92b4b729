/*
 * Checks of boot_map_region. They use only the public interface.
 */

#include <inc/error.h>
#include <inc/string.h>
#include <kern/check/scratch_dir.h>
#include <kern/check/tables.h>
#include <kern/vmwalk.h>

/*
 * Regions lie above UTOP: course texts use boot_map_region for no others. And
 * they lie below ULIM, above which users get no rights.
 */
#define REGION	(UPAGES - PTSIZE / 2)

static void
map_region(uintptr_t va, size_t size, physaddr_t pa, uint32_t perm)
{
	if (MISSING(boot_map_region))
		check_skip("there is no boot_map_region to call");
	boot_map_region(dir, va, size, pa, perm);
}

/*
 * Check that the n pages from va on show those from pa on, with exactly these
 * permissions.
 */
static void
expect_region(uintptr_t va, uint32_t n, physaddr_t pa, uint32_t rights)
{
	struct vm_walk w;
	uint32_t i;

	for (i = 0; i < n; i++) {
		vm_walk(dir, va + i * PGSIZE, &w);
		EXPECT_THAT(w.mapped, "every page of the region mapped",
			    "page %u of %u, at 0x%08x, is not", i + 1, n,
			    va + i * PGSIZE);
		EXPECT_THAT(w.pa == pa + i * PGSIZE, "va + x shows pa + x",
			    "0x%08x shows 0x%08x instead of 0x%08x",
			    va + i * PGSIZE, w.pa, pa + i * PGSIZE);
		EXPECT_THAT(w.rights == (rights | PTE_P),
			    "the permissions that were asked for",
			    "permissions 0x%x instead of 0x%x at 0x%08x",
			    w.rights, rights | PTE_P, va + i * PGSIZE);
	}
}

/* Check the caching flags of the page at va: those of perm, no others. */
static void
expect_caching(uintptr_t va, uint32_t perm)
{
	const uint32_t caching = PTE_PCD | PTE_PWT;
	struct vm_walk w;
	uint32_t found;

	vm_walk(dir, va, &w);
	found = (w.large ? w.pde : w.pte) & caching;
	EXPECT_THAT(found == (perm & caching), "PTE_PCD and PTE_PWT as in perm",
		    "flags 0x%x instead of 0x%x at 0x%08x", found,
		    perm & caching, va);
}

static void
expect_unmapped(uintptr_t va)
{
	struct vm_walk w;

	EXPECT_THAT(!vm_walk(dir, va, &w), "nothing mapped outside of the"
		    " region", "0x%08x shows 0x%08x", va, w.pa);
}

static void
region_maps_its_pages(void)
{
	uintptr_t va = UPAGES - 2 * PGSIZE;

	/* Across two tables. */
	dir_begin();
	map_region(va, 4 * PGSIZE, 0x300000, PTE_W);
	expect_region(va, 4, 0x300000, PTE_W);
	dir_end();
}

static void
region_maps_no_more(void)
{
	uintptr_t va = REGION + 7 * PGSIZE;

	dir_begin();
	map_region(va, 3 * PGSIZE, 0x300000, PTE_W);
	expect_unmapped(va - PGSIZE);
	expect_unmapped(va + 3 * PGSIZE);
	expect_no_other_tables((void *)va, NULL);
	dir_end();
}

static void
region_keeps_what_is_around(void)
{
	uintptr_t va = REGION + 7 * PGSIZE;
	pte_t *table;

	dir_begin();
	table = table_by_hand((void *)va);
	mark_others((void *)va);
	memset(&table[PTX(va)], 0, 3 * sizeof(pte_t));
	map_region(va, 3 * PGSIZE, 0x300000, PTE_W);
	expect_region(va, 3, 0x300000, PTE_W);
	expect_marks((void *)va, 3);
	dir_end();
}

static void
region_of_nothing_maps_nothing(void)
{
	dir_begin();
	map_region(REGION, 0, 0, PTE_W);
	expect_unmapped(REGION);
	dir_end();
}

static void
region_has_exactly_the_rights(void)
{
	static const uint32_t perm[] = { 0, PTE_W, PTE_U, PTE_W | PTE_U };
	size_t i;

	dir_begin();
	for (i = 0; i < ARRAY_SIZE(perm); i++) {
		map_region(REGION + i * PGSIZE, PGSIZE, i * PGSIZE, perm[i]);
		expect_region(REGION + i * PGSIZE, 1, i * PGSIZE, perm[i]);
	}
	dir_end();
}

static void
region_has_exactly_the_caching_flags(void)
{
	const uint32_t device = PTE_W | PTE_PCD | PTE_PWT;
	uintptr_t va = MMIOBASE;

	dir_begin();
	make_table((void *)va);
	dir[PDX(va)] &= ~(PTE_PCD | PTE_PWT);	/* pgdir_walk's matter */
	map_region(va, PGSIZE, 0x300000, PTE_W);
	expect_caching(va, PTE_W);
	map_region(va + PGSIZE, PGSIZE, 0xFEC00000, device);
	expect_caching(va + PGSIZE, device);
	EXPECT_THAT(!(dir[PDX(va)] & (PTE_PCD | PTE_PWT)), "caching flags in"
		    " the PTE only", "0x%08x in the directory", dir[PDX(va)]);
	dir_end();
}

static void
region_may_end_at_4gib(void)
{
	uintptr_t va = 0U - PTSIZE - 2 * PGSIZE;
	uint32_t n = NPTENTRIES + 2;

	dir_begin();
	map_region(va, n * PGSIZE, 0x400000 - 2 * PGSIZE, PTE_W);
	expect_region(va, n, 0x400000 - 2 * PGSIZE, PTE_W);
	expect_unmapped(0);
	dir_end();
}

static void
region_may_map_the_last_pages(void)
{
	physaddr_t pa = 0U - 2 * PGSIZE;

	dir_begin();
	map_region(REGION, 2 * PGSIZE, pa, PTE_W);
	expect_region(REGION, 2, pa, PTE_W);
	expect_unmapped(REGION + 2 * PGSIZE);
	dir_end();
}

static void
region_counts_nothing(void)
{
	dir_begin();
	map_region(REGION, PGSIZE, page2pa(frame_a), PTE_W);
	EXPECT_EQ(frame_a->pp_ref, 0);
	dir_end();
}

static void
region_counts_its_tables(void)
{
	uintptr_t va[] = { UPAGES - PGSIZE, UPAGES };
	size_t i;

	dir_begin();
	map_region(va[0], 2 * PGSIZE, 0x300000, PTE_W);
	for (i = 0; i < ARRAY_SIZE(va); i++) {
		EXPECT_THAT(dir_table((void *)va[i]), "a table for the page",
			    "0x%08x", dir[va[i] >> 22]);
		EXPECT_EQ(dir_table((void *)va[i])->pp_ref, 1);
	}
	dir_end();
}

const struct check region_checks[] = {
	RULE(PAGE, region_maps_its_pages, "boot_map_region",
	     "boot_map_region maps every page, the last one too"),
	RULE(PAGE, region_maps_no_more, "boot_map_region",
	     "boot_map_region maps no page before or after the region"),
	LONG_RULE(PAGE, region_keeps_what_is_around, "boot_map_region",
		  "boot_map_region leaves the mappings around it unchanged"),
	RULE(PAGE, region_has_exactly_the_rights, "boot_map_region",
	     "boot_map_region sets exactly the permissions asked for"),
	RULE(PAGE, region_has_exactly_the_caching_flags, "boot_map_region",
	     "boot_map_region sets PTE_PCD and PTE_PWT in PTEs, as in perm"),
	RULE(PAGE, region_may_end_at_4gib, "boot_map_region",
	     "boot_map_region: a region may end at 4 GiB"),
	RULE(PAGE, region_may_map_the_last_pages, "boot_map_region",
	     "boot_map_region: the physical range may end at 4 GiB"),
	RULE(PAGE, region_counts_nothing, "boot_map_region",
	     "boot_map_region does not count references to what it maps"),
	RULE(PAGE, region_counts_its_tables, "boot_map_region",
	     "boot_map_region counts one reference for each table it makes"),
	CHECK_ROW(PAGE, region_of_nothing_maps_nothing, "boot_map_region",
	      "boot_map_region with size 0 maps nothing",
	      FOREIGN ? CHECK_ADVICE : CHECK_RULE, 0),
	CHECK_TABLE_END
};
