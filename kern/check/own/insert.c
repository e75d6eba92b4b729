/*
 * Checks of this kernel's own promises for page_insert, page_lookup and
 * page_remove: panics, failures that change nothing, odd entries and addresses.
 * Tables and mappings are made by hand, so that each check depends on its own
 * function only.
 */

#include <inc/error.h>
#include <inc/string.h>
#include <kern/check/scratch_dir.h>
#include <kern/check/tables.h>
#include <kern/cpuid.h>
#include <kern/pmap.h>

/* The PTE of va, in a table that is made by hand if need be. */
static pte_t *
entry_of(const void *va)
{
	return &table_by_hand(va)[PTX(va)];
}

/* --- Any address in a page ---------------------------------------------- */

/* In the middle of a page, and above user memory. */
static void *const inside[] = { (void *)(UTEXT + 0x123), (void *)0xFFFFFFFF };

static void
insert_takes_any_address(void)
{
	size_t i;

	dir_begin();
	for (i = 0; i < ARRAY_SIZE(inside); i++) {
		/* Once without a table, once with one. */
		if (i)
			table_by_hand(inside[i]);
		EXPECT_EQ(page_insert(dir, frame_a, inside[i], PTE_W), 0);
		EXPECT_EQ(dir_entry(inside[i]), mapping(frame_a, PTE_W));
		EXPECT_EQ(page_insert(dir, frame_a, inside[i], 0), 0);
		EXPECT_EQ(dir_entry(inside[i]), mapping(frame_a, 0));
	}
	dir_end();
}

static void
lookup_takes_any_address(void)
{
	pte_t *pte;
	size_t i;

	dir_begin();
	for (i = 0; i < ARRAY_SIZE(inside); i++) {
		map_by_hand(frame_a, inside[i], 0);
		EXPECT_EQ(page_lookup(dir, inside[i], &pte), frame_a);
		EXPECT_EQ(pte, entry_of(inside[i]));
	}
	dir_end();
}

static void
remove_takes_any_address(void)
{
	size_t i;

	dir_begin();
	frame_a->pp_ref = 1;			/* keep it allocated */
	for (i = 0; i < ARRAY_SIZE(inside); i++) {
		map_by_hand(frame_a, inside[i], 0);
		page_remove(dir, inside[i]);
		EXPECT_EQ(dir_entry(inside[i]), 0);
		EXPECT_EQ(frame_a->pp_ref, 1);
	}
	dir_end();
}

/* --- Entries that lead to no frame --------------------------------------- */

/*
 * Directory entries that lead to no table: the first is present, but its table
 * would be outside of the window; the others are absent, and neither is 0.
 */
static const pde_t no_tables[] = {
	KERNWINSIZE | PTE_P | PTE_W | PTE_U, PTE_PS | PTE_W,
	PTSIZE | PTE_W | PTE_U,
};

static void
lookup_follows_no_odd_entry(void)
{
	size_t i;

	dir_begin();
	for (i = 0; i < ARRAY_SIZE(no_tables); i++) {
		dir[PDX(VA1)] = no_tables[i];
		EXPECT_EQ(page_lookup(dir, VA1, NULL), NULL);
		EXPECT_EQ(dir[PDX(VA1)], no_tables[i]);
	}
	dir[PDX(VA1)] = 0;
	dir_end();
}

static void
remove_follows_no_odd_entry(void)
{
	size_t i;

	dir_begin();
	for (i = 0; i < ARRAY_SIZE(no_tables); i++) {
		dir[PDX(VA1)] = no_tables[i];
		page_remove(dir, VA1);
		EXPECT_EQ(dir[PDX(VA1)], no_tables[i]);
	}
	dir[PDX(VA1)] = 0;
	dir_end();
}

static void
lookup_ignores_mappings_of_no_frame(void)
{
	uintptr_t va = UTEXT + PTSIZE + npages % NPTENTRIES * PGSIZE;
	pte_t *pte;

	dir_begin();
	/* In a 4 MiB page, the page at va is the first without a frame. */
	map_large_by_hand(va, ROUNDDOWN(npages * PGSIZE, PTSIZE), 0);
	EXPECT_EQ(page_lookup(dir, (void *)va, NULL), NULL);
	pte = entry_of(VA1);
	*pte = npages * PGSIZE | PTE_P | PTE_W;
	EXPECT_EQ(page_lookup(dir, VA1, NULL), NULL);
	*pte = (npages - 1) * PGSIZE | PTE_P;
	EXPECT_EQ(page_lookup(dir, VA1, NULL), &pages[npages - 1]);
	dir_end();
}

static void
remove_ignores_mappings_of_no_frame(void)
{
	const pte_t device = npages * PGSIZE | PTE_P | PTE_W;

	dir_begin();
	*entry_of(VA1) = device;
	page_remove(dir, VA1);
	EXPECT_EQ(*entry_of(VA1), device);
	dir_end();
}

static void
lookup_leaves_pte_store_alone(void)
{
	pte_t mark = 0, *pte = &mark;

	dir_begin();
	page_lookup(dir, VA1, &pte);
	EXPECT_EQ(pte, &mark);
	table_by_hand(VA1);
	page_lookup(dir, VA1, &pte);
	EXPECT_EQ(pte, &mark);
	dir_end();
}

static void
lookup_in_a_large_page(void)
{
	pte_t *pte = NULL;

	if (!cpu_features.pse)
		check_skip("this processor has no 4 MiB pages");
	dir_begin();
	map_large_by_hand(KERNBASE, 0, PTE_W);
	EXPECT_EQ(page_lookup(dir, (void *)(KERNBASE + 3 * PGSIZE), &pte),
		  &pages[3]);
	EXPECT_EQ(pte, &dir[PDX(KERNBASE)]);
	dir_end();
}

/* --- page_insert --------------------------------------------------------- */

static void
insert_takes_flags_only(void)
{
	dir_begin();
	page_insert(dir, frame_a, VA1, 0x7FC00000 | PTE_W);
	EXPECT_EQ(dir_entry(VA1), mapping(frame_a, PTE_W));
	page_insert(dir, frame_b, VA1, 0x7FC00000 | PTE_U);
	EXPECT_EQ(dir_entry(VA1), mapping(frame_b, PTE_U));
	page_insert(dir, frame_b, VA2, 0x7FC00000 | PTE_U);
	EXPECT_EQ(dir_entry(VA2), mapping(frame_b, PTE_U));
	dir_end();
}

static void
insert_stops_at_the_highest_count(void)
{
	int without_table, result;

	dir_begin();
	frame_a->pp_ref = UINT16_MAX;
	without_table = page_insert(dir, frame_a, VA1, PTE_W);
	EXPECT_EQ(dir[PDX(VA1)], 0);
	map_by_hand(frame_b, VA2, PTE_W);
	result = page_insert(dir, frame_a, VA1, PTE_W);
	EXPECT_EQ(page_insert(dir, frame_a, VA2, PTE_W), -E_NO_MEM);
	EXPECT_EQ(frame_a->pp_ref, UINT16_MAX);
	frame_a->pp_ref = 0;
	EXPECT_EQ(without_table, -E_NO_MEM);
	EXPECT_EQ(result, -E_NO_MEM);
	EXPECT_EQ(dir_entry(VA1), 0);
	EXPECT_EQ(PTE_ADDR(dir_entry(VA2)), page2pa(frame_b));
	dir_end();
}

static void
do_insert(void *pp)
{
	page_insert(dir, pp, VA1, PTE_W);
}

static void
insert_of_a_free_frame_panics(void)
{
	dir_begin();
	put_on_free_list(frame_a);
	EXPECT_PANIC(do_insert, frame_a);	/* which has no table yet */
	EXPECT_EQ(dir[PDX(VA1)], 0);
	table_by_hand(VA1);
	put_on_free_list(frame_b);
	EXPECT_PANIC(do_insert, frame_b);
	EXPECT_EQ(dir_entry(VA1), 0);
	EXPECT_PANIC(do_insert, &pages[0]);
	dir_end();
}

/* --- Regions -------------------------------------------------------------- */

static void
do_remove(void *va)
{
	page_remove(dir, va);
}

/*
 * Call fn(arg), which must panic, where frame_b is mapped as by
 * boot_map_region: without a reference.
 */
static void
expect_region_kept(void (*fn)(void *), void *arg)
{
	dir_begin();
	*entry_of(VA1) = mapping(frame_b, PTE_W);
	EXPECT_PANIC(fn, arg ? arg : frame_a);
	EXPECT_EQ(dir_entry(VA1), mapping(frame_b, PTE_W));
	EXPECT_EQ(frame_a->pp_ref, 0);
	EXPECT_EQ(frame_b->pp_ref, 0);
	dir_end();
}

static void
insert_over_a_region_panics(void)
{
	expect_region_kept(do_insert, NULL);
}

static void
remove_of_a_region_panics(void)
{
	expect_region_kept(do_remove, VA1);
}

/* The same in a 4 MiB page. */
static void
expect_large_page_kept(void (*fn)(void *), void *arg)
{
	if (!cpu_features.pse)
		check_skip("this processor has no 4 MiB pages");
	dir_begin();
	map_large_by_hand((uintptr_t)VA1, 0, PTE_W);
	EXPECT_PANIC(fn, arg ? arg : frame_a);
	EXPECT_EQ(dir[PDX(VA1)], PTE_P | PTE_W | PTE_PS);
	EXPECT_EQ(frame_a->pp_ref, 0);
	dir_end();
}

static void
insert_in_a_large_page_panics(void)
{
	expect_large_page_kept(do_insert, NULL);
}

static void
remove_in_a_large_page_panics(void)
{
	expect_large_page_kept(do_remove, VA1);
}

const struct check own_insert_checks[] = {
	OWN(PAGE, lookup_leaves_pte_store_alone, "page_lookup",
	    "page_lookup leaves *pte_store unchanged if no page is mapped"),
	OWN(PAGE, lookup_takes_any_address, "page_lookup",
	    "page_lookup: any address in a page stands for the page"),
	OWN(PAGE, lookup_follows_no_odd_entry, "page_lookup",
	    "page_lookup: a directory entry that leads to no table maps"
	    " nothing"),
	OWN(PAGE, lookup_ignores_mappings_of_no_frame, "page_lookup",
	    "page_lookup returns NULL for a mapping of other than RAM"),
	OWN(PAGE, lookup_in_a_large_page, "page_lookup",
	    "page_lookup in a 4 MiB page finds the frame, and the"
	    " directory's entry"),
	OWN(PAGE, remove_takes_any_address, "page_remove",
	    "page_remove: any address in a page stands for the page"),
	OWN(PAGE, remove_follows_no_odd_entry, "page_remove",
	    "page_remove does nothing where a directory entry leads to no"
	    " table"),
	OWN(PAGE, remove_ignores_mappings_of_no_frame, "page_remove",
	    "page_remove leaves a mapping of other than RAM alone"),
	OWN(PAGE, remove_of_a_region_panics, "page_remove",
	    "page_remove panics on a page of a region"),
	OWN(PAGE, remove_in_a_large_page_panics, "page_remove",
	    "page_remove panics on a 4 MiB page"),
	OWN(PAGE, insert_takes_any_address, "page_insert",
	    "page_insert: any address in a page stands for the page"),
	OWN(PAGE, insert_takes_flags_only, "page_insert",
	    "page_insert uses only the permission bits of perm"),
	OWN(PAGE, insert_stops_at_the_highest_count, "page_insert",
	    "page_insert returns -E_NO_MEM rather than let a count overflow"),
	OWN(PAGE, insert_of_a_free_frame_panics, "page_insert",
	    "page_insert panics if the frame is not in use"),
	OWN(PAGE, insert_over_a_region_panics, "page_insert",
	    "page_insert panics on a page of a region"),
	OWN(PAGE, insert_in_a_large_page_panics, "page_insert",
	    "page_insert panics on a 4 MiB page"),
	CHECK_TABLE_END
};
