/*
 * Checks of page tables, on a directory made for the purpose: what the
 * functions of pmap.c return, change, count, and give back. What the processor
 * makes of the tables is checked in check_map.c.
 */

#include <inc/error.h>
#include <inc/string.h>
#include <inc/x86.h>
#include <kern/check.h>
#include <kern/cpuid.h>
#include <kern/map.h>
#include <kern/page.h>
#include <kern/vmwalk.h>

/* Two pages under one table, and one under another. */
#define VA1	((void *)(UTEXT + PGSIZE))
#define VA2	((void *)(UTEXT + 5 * PGSIZE))
#define VA3	((void *)(UTEXT + PTSIZE))

/* The directory of the check that runs, and some frames. */
static pde_t *dir;
static struct PageInfo *dir_frame, *a, *b;

static void
begin(void)
{
	dir_frame = page_alloc(ALLOC_ZERO);
	a = page_alloc(0);
	b = page_alloc(0);
	EXPECT(dir_frame && a && b, "no frames");
	dir = page2kva(dir_frame);
}

static void
free_if_held(struct PageInfo *pp)
{
	if (pp->pp_state == PG_USED && pp->pp_ref == 0)
		page_free(pp);
}

/* Give back the tables, then the rest. */
static void
finish(void)
{
	int i;

	for (i = 0; i < NPDENTRIES; i++)
		if ((dir[i] & (PTE_P | PTE_PS)) == PTE_P)
			page_decref(pa2page(PTE_ADDR(dir[i])));
	free_if_held(a);
	free_if_held(b);
	page_free(dir_frame);
}

/* The entry for va, read by hand; 0 if there is no table. */
static pte_t
entry(void *va)
{
	pde_t pde = dir[(uintptr_t)va >> 22];

	if (!(pde & PTE_P))
		return 0;
	return ((pte_t *)KADDR(pde & ~0xFFFU))[(uintptr_t)va >> 12 & 0x3FF];
}

/* --- pgdir_walk -------------------------------------------------------- */

static void
walk_makes_no_table_unasked(void)
{
	struct PageInfo *first;

	begin();
	first = page_free_list;
	EXPECT(!pgdir_walk(dir, VA1, 0), "an entry where there is no table");
	EXPECT_EQ(dir[PDX(VA1)], 0);
	EXPECT(page_free_list == first, "a frame taken off the free list");
	finish();
}

static void
walk_makes_a_cleared_counted_table(void)
{
	pte_t *pte, *table;
	struct PageInfo *pp;
	int i;

	begin();
	pte = pgdir_walk(dir, VA1, 1);
	EXPECT(pte, "NULL, with frames to spare");
	EXPECT(dir[PDX(VA1)] & PTE_P, "an entry 0x%08x in the directory",
	       dir[PDX(VA1)]);
	pp = pa2page(PTE_ADDR(dir[PDX(VA1)]));
	EXPECT_EQ(pp->pp_ref, 1);
	table = page2kva(pp);
	for (i = 0; i < NPTENTRIES; i++)
		EXPECT(table[i] == 0, "0x%08x in entry %d", table[i], i);
	EXPECT_EQ(pte, &table[PTX(VA1)]);
	finish();
}

static void
walk_returns_the_same_entry_again(void)
{
	pte_t *made, *found, *other;

	begin();
	made = pgdir_walk(dir, VA1, 1);
	found = pgdir_walk(dir, (char *)VA1 + 123, 0);
	EXPECT_EQ(made, found);
	EXPECT_EQ(pgdir_walk(dir, VA1, 1), made);
	other = pgdir_walk(dir, VA2, 0);
	EXPECT_EQ(other - made, 4);
	finish();
}

static void
walk_without_memory_changes_nothing(void)
{
	struct PageInfo *list;
	pte_t *pte;

	begin();
	list = take_free_list();
	pte = pgdir_walk(dir, VA1, 1);
	give_free_list(list);
	EXPECT(!pte, "an entry without a frame for the table");
	EXPECT_EQ(dir[PDX(VA1)], 0);
	finish();
}

static void
directory_hides_nothing(void)
{
	begin();
	pgdir_walk(dir, VA1, 1);
	EXPECT_EQ(dir[PDX(VA1)] & (PTE_P | PTE_W | PTE_U),
		  PTE_P | PTE_W | PTE_U);
	pgdir_walk(dir, (void *)MMIOBASE, 1);
	EXPECT_EQ(dir[PDX(MMIOBASE)] & PTE_U, 0);
	finish();
}

/* --- page_insert ------------------------------------------------------- */

static void
insert_maps_and_counts(void)
{
	begin();
	EXPECT_EQ(page_insert(dir, a, VA1, PTE_W | PTE_U), 0);
	EXPECT_EQ(entry(VA1), page2pa(a) | PTE_P | PTE_W | PTE_U);
	EXPECT_EQ(a->pp_ref, 1);
	EXPECT_EQ(page_insert(dir, a, VA2, 0), 0);
	EXPECT_EQ(entry(VA2), page2pa(a) | PTE_P);
	EXPECT_EQ(a->pp_ref, 2);
	page_remove(dir, VA1);
	page_remove(dir, VA2);
	finish();
}

static void
insert_replaces(void)
{
	begin();
	page_insert(dir, a, VA1, PTE_W);
	a->pp_ref++;			/* so that we can look at it after */
	EXPECT_EQ(page_insert(dir, b, VA1, PTE_U), 0);
	EXPECT_EQ(entry(VA1), page2pa(b) | PTE_P | PTE_U);
	EXPECT_EQ(a->pp_ref, 1);
	EXPECT_EQ(b->pp_ref, 1);
	page_decref(a);
	page_remove(dir, VA1);
	finish();
}

static void
insert_frees_what_it_replaces(void)
{
	begin();
	page_insert(dir, a, VA1, PTE_W);
	page_insert(dir, b, VA1, PTE_W);
	EXPECT(page_free_list == a, "the replaced frame not on the free list");
	page_remove(dir, VA1);
	finish();
}

static void
insert_of_the_same_page_changes_rights(void)
{
	static const uint32_t rights[] = { PTE_W, PTE_W | PTE_U, 0, PTE_U };
	size_t i;

	begin();
	for (i = 0; i < ARRAY_SIZE(rights); i++) {
		EXPECT_EQ(page_insert(dir, a, VA1, rights[i]), 0);
		EXPECT_EQ(entry(VA1), page2pa(a) | PTE_P | rights[i]);
		EXPECT_EQ(a->pp_ref, 1);
		EXPECT(a->pp_state == PG_USED, "state %u of a mapped frame",
		       a->pp_state);
	}
	page_remove(dir, VA1);
	finish();
}

static void
insert_without_memory_changes_nothing(void)
{
	struct PageInfo *list;
	int result;

	begin();
	list = take_free_list();
	result = page_insert(dir, a, VA1, PTE_W);
	give_free_list(list);
	EXPECT_EQ(result, -E_NO_MEM);
	EXPECT_EQ(a->pp_ref, 0);
	EXPECT_EQ(dir[PDX(VA1)], 0);
	finish();
}

static void
insert_stops_at_the_highest_count(void)
{
	int result;

	begin();
	pgdir_walk(dir, VA1, 1);
	a->pp_ref = UINT16_MAX;
	result = page_insert(dir, a, VA1, PTE_W);
	EXPECT_EQ(a->pp_ref, UINT16_MAX);
	a->pp_ref = 0;
	EXPECT_EQ(result, -E_NO_MEM);
	EXPECT_EQ(entry(VA1), 0);
	finish();
}

static void
insert_freed(void *pp)
{
	page_insert(dir, pp, VA1, PTE_W);
}

static void
insert_of_a_free_frame_panics(void)
{
	begin();
	page_free(a);
	EXPECT_PANIC(insert_freed, a);	/* with no table yet */
	EXPECT_EQ(dir[PDX(VA1)], 0);
	pgdir_walk(dir, VA1, 1);
	page_free(b);
	EXPECT_PANIC(insert_freed, b);
	EXPECT_EQ(entry(VA1), 0);
	finish();
}

/* --- page_lookup, page_remove ------------------------------------------ */

static void
lookup_finds_page_and_entry(void)
{
	pte_t *pte = NULL;

	begin();
	page_insert(dir, a, VA1, PTE_W);
	EXPECT_EQ(page_lookup(dir, VA1, &pte), a);
	EXPECT_EQ(pte, pgdir_walk(dir, VA1, 0));
	EXPECT_EQ(page_lookup(dir, VA1, NULL), a);
	page_remove(dir, VA1);
	finish();
}

static void
lookup_of_nothing_is_null(void)
{
	pte_t *pte;

	begin();
	EXPECT(!page_lookup(dir, VA3, NULL), "a page without a table");
	pgdir_walk(dir, VA1, 1);
	EXPECT(!page_lookup(dir, VA1, NULL), "a page in an empty entry");
	/* Not present, but not zero: a swapped page, some day. */
	pte = pgdir_walk(dir, VA1, 0);
	*pte = page2pa(a) | PTE_W;
	EXPECT(!page_lookup(dir, VA1, NULL), "a page that is not present");
	*pte = 0;
	finish();
}

static void
remove_clears_and_uncounts(void)
{
	begin();
	page_insert(dir, a, VA1, PTE_W);
	page_insert(dir, a, VA2, PTE_W);
	page_remove(dir, VA1);
	EXPECT_EQ(entry(VA1), 0);
	EXPECT_EQ(a->pp_ref, 1);
	page_remove(dir, VA2);
	EXPECT_EQ(entry(VA2), 0);
	EXPECT(page_free_list == a, "a frame that nothing maps is not free");
	finish();
}

static void
remove_of_nothing_does_nothing(void)
{
	begin();
	page_remove(dir, VA3);
	EXPECT_EQ(dir[PDX(VA3)], 0);
	pgdir_walk(dir, VA1, 1);
	page_remove(dir, VA1);
	EXPECT_EQ(entry(VA1), 0);
	finish();
}

/* --- boot_map_region --------------------------------------------------- */

static void
region_maps_its_pages_and_no_more(void)
{
	uintptr_t va = UTEXT + PTSIZE - 2 * PGSIZE;
	int i;

	begin();
	/* Across two tables, the last page only begun. */
	boot_map_region(dir, va, 3 * PGSIZE + 1, 0x300000, PTE_W);
	for (i = 0; i < 4; i++)
		EXPECT_EQ(entry((void *)(va + i * PGSIZE)),
			  (0x300000 + i * PGSIZE) | PTE_P | PTE_W);
	EXPECT_EQ(entry((void *)(va - PGSIZE)), 0);
	EXPECT_EQ(entry((void *)(va + 4 * PGSIZE)), 0);
	finish();
}

static void
region_of_nothing_maps_nothing(void)
{
	begin();
	boot_map_region(dir, UTEXT, 0, 0, PTE_W);
	EXPECT_EQ(dir[PDX(UTEXT)], 0);
	finish();
}

static void
region_may_end_at_4gib(void)
{
	begin();
	boot_map_region(dir, 0U - 2 * PGSIZE, 2 * PGSIZE, 0U - 2 * PGSIZE, 0);
	EXPECT_EQ(entry((void *)(0U - PGSIZE)), (0U - PGSIZE) | PTE_P);
	EXPECT_EQ(entry((void *)(0U - 2 * PGSIZE)),
		  (0U - 2 * PGSIZE) | PTE_P);
	EXPECT_EQ(entry((void *)(0U - 3 * PGSIZE)), 0);
	EXPECT_EQ(dir[0], 0);
	finish();
}

static void
region_counts_nothing(void)
{
	begin();
	boot_map_region(dir, UTEXT, PGSIZE, page2pa(a), PTE_W);
	EXPECT_EQ(a->pp_ref, 0);
	EXPECT(a->pp_state == PG_USED, "state %u", a->pp_state);
	finish();
}

/* Large or small, every address must translate alike. */
static void
region_translates_alike_large_and_small(void)
{
	struct vm_walk large, small;
	uintptr_t at = ULIM - PTSIZE;
	bool pse = cpu_features.pse;
	uint32_t page;
	pde_t *other;

	begin();
	memset(page2kva(b), 0, PGSIZE);
	other = page2kva(b);
	/* Half of it below ULIM, half above, where users have no right. */
	boot_map_region(dir, at, 2 * PTSIZE, PTSIZE, PTE_W | PTE_U);
	cpu_features.pse = false;
	boot_map_region(other, at, 2 * PTSIZE, PTSIZE, PTE_W | PTE_U);
	cpu_features.pse = pse;
	for (page = 0; page < 2 * NPTENTRIES; page += 31) {
		vm_walk(dir, at + page * PGSIZE, &large);
		vm_walk(other, at + page * PGSIZE, &small);
		EXPECT(large.mapped && small.mapped, "page %u not mapped",
		       page);
		EXPECT_EQ(large.pa, small.pa);
		EXPECT_EQ(large.rights, small.rights);
		EXPECT_EQ(large.rights, page < NPTENTRIES
			  ? PTE_P | PTE_W | PTE_U : PTE_P | PTE_W);
	}
	page_decref(pa2page(PTE_ADDR(other[PDX(at)])));
	page_decref(pa2page(PTE_ADDR(other[PDX(at) + 1])));
	finish();
}

static void
region_splits_a_large_page(void)
{
	struct vm_walk w;

	begin();
	boot_map_region(dir, KERNBASE, PTSIZE, PTSIZE, PTE_W | PTE_PWT);
	boot_map_region(dir, KERNBASE + 7 * PGSIZE, PGSIZE,
			PTSIZE + 7 * PGSIZE, 0);
	EXPECT_EQ(PTE_FLAGS(entry((void *)(KERNBASE + 6 * PGSIZE))),
		  PTE_P | PTE_W | PTE_PWT);
	vm_walk(dir, KERNBASE + 7 * PGSIZE, &w);
	EXPECT_EQ(w.rights, PTE_P);
	vm_walk(dir, KERNBASE + 6 * PGSIZE + 5, &w);
	EXPECT_EQ(w.pa, PTSIZE + 6 * PGSIZE + 5);
	EXPECT_EQ(w.rights, PTE_P | PTE_W);
	vm_walk(dir, KERNBASE + PTSIZE - 1, &w);
	EXPECT_EQ(w.pa, 2 * PTSIZE - 1);
	finish();
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

	begin();
	/* One frame is free, two tables are needed. */
	list = take_free_list();
	page_free(b);
	EXPECT_PANIC(map_two_tables, NULL);
	EXPECT(page_free_list == b, "the free frame was taken");
	page_free_list = NULL;
	b->pp_state = PG_USED;
	give_free_list(list);
	EXPECT_EQ(dir[PDX(UTEXT)], 0);
	EXPECT_EQ(dir[PDX(UTEXT) + 1], 0);
	finish();
}

/* --- mmio_map_region ---------------------------------------------------- */

/* The entry in the kernel's directory. */
static pte_t
device_entry(const void *va)
{
	pte_t *pte = pgdir_walk(kern_pgdir, va, 0);

	return pte ? *pte : 0;
}

static void
devices_are_mapped_uncached(void)
{
	pde_t *slot = &kern_pgdir[PDX(MMIOBASE)], before = *slot;
	uintptr_t next = mmio_next;
	char *one, *two;

	/* Two bytes on two pages; then one that begins in a page's middle. */
	one = mmio_map_region(0xFE000FFF, 2);
	EXPECT_EQ(one, next + 0xFFF);
	two = mmio_map_region(0xFEC00010, 4);
	EXPECT_EQ(two, next + 2 * PGSIZE + 0x10);
	EXPECT_EQ(device_entry(one),
		  0xFE000000 | PTE_P | PTE_W | PTE_PCD | PTE_PWT);
	EXPECT_EQ(device_entry(one + 1),
		  0xFE001000 | PTE_P | PTE_W | PTE_PCD | PTE_PWT);
	EXPECT_EQ(PTE_ADDR(device_entry(two)), 0xFEC00000);
	EXPECT_EQ(mmio_next, next + 3 * PGSIZE);

	/* As if it had not been. */
	for (; mmio_next != next; mmio_next -= PGSIZE) {
		*pgdir_walk(kern_pgdir, (void *)(mmio_next - PGSIZE), 0) = 0;
		tlb_invalidate(kern_pgdir, (void *)(mmio_next - PGSIZE));
	}
	if (!before) {
		page_decref(pa2page(PTE_ADDR(*slot)));
		*slot = 0;
	}
}

static void
devices_that_do_not_fit_are_refused(void)
{
	pde_t before = kern_pgdir[PDX(MMIOBASE)];
	uintptr_t next = mmio_next;
	struct PageInfo *list;
	void *got;

	EXPECT(!mmio_map_region(0xFE000000, 0), "a mapping of nothing");
	EXPECT(!mmio_map_region(0xFFFFF000, PGSIZE + 1), "one past 4 GiB");
	EXPECT(!mmio_map_region(0, MMIOLIM - next + 1), "one past MMIOLIM");
	EXPECT(!mmio_map_region(0xFFF, MMIOLIM - next), "one past MMIOLIM");
	EXPECT(!mmio_map_region(0, 0xFFFFFFFF), "4 GiB");
	if (!before) {
		list = take_free_list();
		got = mmio_map_region(0xFE000000, 1);
		give_free_list(list);
		EXPECT(!got, "a mapping without memory for its table");
	}
	EXPECT_EQ(mmio_next, next);
	EXPECT_EQ(kern_pgdir[PDX(MMIOBASE)], before);
}

const struct check pmap_checks[] = {
#define C(name, rule) { "check_page", #name, rule, name }
	C(walk_makes_no_table_unasked,
	  "pgdir_walk without create: NULL, nothing made"),
	C(walk_makes_a_cleared_counted_table,
	  "pgdir_walk with create: a table, cleared, counted once"),
	C(walk_returns_the_same_entry_again,
	  "pgdir_walk: the entry of that very page"),
	C(walk_without_memory_changes_nothing,
	  "pgdir_walk: NULL without memory, nothing changed"),
	C(directory_hides_nothing,
	  "pgdir_walk: the directory allows all that may be allowed there"),
	C(insert_maps_and_counts,
	  "page_insert: frame, rights, one reference a mapping"),
	C(insert_replaces, "page_insert: the old page loses its reference"),
	C(insert_frees_what_it_replaces,
	  "page_insert: the old page's last reference frees it"),
	C(insert_of_the_same_page_changes_rights,
	  "page_insert: the same page again changes rights, not the count"),
	C(insert_without_memory_changes_nothing,
	  "page_insert: -E_NO_MEM, nothing mapped, nothing counted"),
	C(insert_stops_at_the_highest_count,
	  "page_insert: -E_NO_MEM rather than a count that wraps"),
	C(insert_of_a_free_frame_panics,
	  "page_insert: a free frame is refused"),
	C(lookup_finds_page_and_entry, "page_lookup: the page and its entry"),
	C(lookup_of_nothing_is_null,
	  "page_lookup: NULL unless the entry is present"),
	C(remove_clears_and_uncounts,
	  "page_remove: entry 0, one reference less, freed with the last"),
	C(remove_of_nothing_does_nothing, "page_remove: nothing to remove"),
	C(region_maps_its_pages_and_no_more,
	  "boot_map_region: first to last page, none before or after"),
	C(region_of_nothing_maps_nothing, "boot_map_region: size 0"),
	C(region_may_end_at_4gib, "boot_map_region: the last page of all"),
	C(region_counts_nothing, "boot_map_region: counts are left alone"),
	C(region_translates_alike_large_and_small,
	  "boot_map_region: 4 MiB pages and tables translate alike"),
	C(region_splits_a_large_page,
	  "boot_map_region: in a large page, only its own pages change"),
	C(region_without_memory_changes_nothing,
	  "boot_map_region: without memory nothing is changed"),
	C(devices_are_mapped_uncached,
	  "mmio_map_region: one after the other, any offset, uncached"),
	C(devices_that_do_not_fit_are_refused,
	  "mmio_map_region: NULL and nothing changed if it cannot be"),
#undef C
	{ NULL, NULL, NULL, NULL }
};
