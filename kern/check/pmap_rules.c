/*
 * Checks of page tables, on a directory made for the purpose: what the functions
 * of pmap.c return, change, count, and give back. They know the public interface
 * only. What the processor makes of the tables is checked in map_rules.c.
 *
 * Tables are read and frames put back by hand, so that a function that is wrong
 * shows in its own checks and in no other's.
 */

#include <inc/error.h>
#include <inc/string.h>
#include <kern/check/scratch_dir.h>
#include <kern/check/tables.h>
#include <kern/vmwalk.h>

pde_t *dir;
struct PageInfo *frame_a, *frame_b;
static struct PageInfo *dir_frame;

/* The short names that the rules below are written with. */
#define a	frame_a
#define b	frame_b

void
dir_begin(void)
{
	dir_frame = check_frame();
	a = check_frame();
	b = check_frame();
	dir = page2kva(dir_frame);
	memset(dir, 0, PGSIZE);
}

struct PageInfo *
dir_table(const void *va)
{
	pde_t pde = dir[(uintptr_t)va >> 22];

	if ((pde & (PTE_P | PTE_PS)) != PTE_P || (pde >> 12) >= npages)
		return NULL;
	return &pages[pde >> 12];
}

void
dir_end(void)
{
	uint32_t i;

	for (i = 0; i < NPDENTRIES; i++)
		if (dir[i])
			check_held(dir_table((void *)(i << 22)));
	check_held(a);
	check_held(b);
	check_held(dir_frame);
}

pte_t
dir_entry(const void *va)
{
	struct vm_walk w;

	vm_walk(dir, (uintptr_t)va, &w);
	return w.ptep ? *w.ptep & ~(PTE_A | PTE_D) : 0;
}

/* For the rules: what a mapping of pp with rights perm looks like. */
static pte_t
mapping(struct PageInfo *pp, uint32_t perm)
{
	return page2pa(pp) | perm | PTE_P;
}

/* Only the entries for these addresses (or NULL) are set in dir. */
static void
expect_no_other_tables(const void *va1, const void *va2)
{
	uint32_t i;

	for (i = 0; i < NPDENTRIES; i++)
		EXPECT_THAT(!dir[i] || (va1 && i == (uintptr_t)va1 >> 22)
			    || (va2 && i == (uintptr_t)va2 >> 22),
			    "the other entries of the directory stay 0",
			    "entry 0x%x (for va 0x%08x) is 0x%08x", i,
			    i << 22, dir[i]);
}

/*
 * Not present, and unlike any other: what stands around the entry that a
 * function is to change, so that one which changes more is seen.
 */
static uint32_t
mark(uint32_t i)
{
	return i << PGSHIFT | PTE_AVAIL | PTE_W;
}

/* Mark all entries of dir and of va's table, which is there, that are 0. */
static void
mark_others(const void *va)
{
	pte_t *table = page2kva(dir_table(va));
	uint32_t i;

	for (i = 0; i < NPTENTRIES; i++) {
		if (!dir[i])
			dir[i] = mark(i);
		if (!table[i])
			table[i] = mark(i);
	}
}

/*
 * All but va's table in dir, and all but n entries from va's on in that table,
 * are as mark_others left them.
 */
static void
expect_marks(const void *va, uint32_t n)
{
	const pte_t *table = page2kva(dir_table(va));
	uint32_t i, first = (uintptr_t)va >> 12 & 0x3FF;

	for (i = 0; i < NPTENTRIES; i++) {
		EXPECT_THAT(i == (uintptr_t)va >> 22 || dir[i] == mark(i),
			    "no other entry of the directory changed",
			    "entry 0x%x is 0x%08x, and was 0x%08x", i, dir[i],
			    mark(i));
		EXPECT_THAT(i - first < n || table[i] == mark(i),
			    "no other entry of the table changed",
			    "entry 0x%x is 0x%08x, and was 0x%08x; the page's"
			    " is 0x%x", i, table[i], mark(i), first);
	}
}

/* --- pgdir_walk -------------------------------------------------------- */

static void
walk_makes_no_table_unasked(void)
{
	int before;
	pte_t *pte;

	dir_begin();
	before = check_list_growth();
	pte = pgdir_walk(dir, VA1, 0);
	EXPECT_THAT(!pte, "NULL where there is no table", "%p", (void *)pte);
	expect_no_other_tables(NULL, NULL);
	EXPECT_THAT(check_list_growth() == before, "no frame is taken or given",
		    "%d more are free", check_list_growth() - before);
	dir_end();
}

/* Make a table for va; the rest of the check needs one. */
static struct PageInfo *
make_table(const void *va)
{
	pte_t *pte = pgdir_walk(dir, va, 1);
	struct PageInfo *table;

	EXPECT_THAT(pte, "an entry, as there are free frames", "NULL");
	EXPECT_THAT(dir[(uintptr_t)va >> 22] & PTE_P,
		    "a present entry in the directory", "0x%08x",
		    dir[(uintptr_t)va >> 22]);
	table = dir_table(va);
	EXPECT_THAT(table, "the physical address of a frame in the directory's"
		    " entry", "0x%08x", dir[(uintptr_t)va >> 22]);
	return table;
}

static void
walk_makes_a_table_where_asked(void)
{
	struct PageInfo *table;

	dir_begin();
	table = make_table(VA1);
	EXPECT_THAT(table != a && table != b && table != dir_frame,
		    "a frame of its own", "0x%08x, in use already",
		    page2pa(table));
	EXPECT_THAT(!check_listed(table), "a table that is not free",
		    "frame 0x%08x is on page_free_list", page2pa(table));
	expect_no_other_tables(VA1, NULL);
	dir_end();
}

static void
walk_clears_a_new_table(void)
{
	struct PageInfo *list, *pp;
	uint32_t *word, i;

	/* The only free frame is a dirty one. */
	dir_begin();
	memset(page2kva(a), 0x5A, PGSIZE);
	list = take_free_list();
	page_free(a);
	pgdir_walk(dir, VA1, 1);
	give_free_list(list);
	pp = dir_table(VA1);
	EXPECT_THAT(pp, "a table from the only free frame",
		    "0x%08x in the directory", dir[PDX(VA1)]);
	word = page2kva(pp);
	for (i = 0; i < NPTENTRIES; i++)
		EXPECT_THAT(!word[i], "every entry of the table 0",
			    "0x%08x in entry 0x%x", word[i], i);
	dir_end();
}

static void
walk_counts_a_new_table_once(void)
{
	dir_begin();
	EXPECT_EQ(make_table(VA1)->pp_ref, 1);
	pgdir_walk(dir, VA2, 1);
	EXPECT_EQ(dir_table(VA1)->pp_ref, 1);
	dir_end();
}

static void
walk_returns_the_entry_in_the_table(void)
{
	static const uint16_t index[] = { 0, 1, 0x155, 0x3FF };
	uintptr_t base = UTEXT;
	pte_t *table, *pte;
	size_t i;

	dir_begin();
	table = page2kva(make_table((void *)base));
	for (i = 0; i < ARRAY_SIZE(index); i++) {
		pte = pgdir_walk(dir, (void *)(base + index[i] * PGSIZE),
				 i % 2);
		EXPECT_THAT(pte == &table[index[i]],
			    "a kernel pointer to the page's own entry",
			    "%p; entry 0x%x of the table is at %p",
			    (void *)pte, index[i], (void *)&table[index[i]]);
	}
	dir_end();
}

static void
walk_uses_the_whole_address(void)
{
	/* The first and the last table of all, and page offsets. */
	static const uintptr_t va[] = { 0x00000FFF, 0xFFFFFFFF };
	pte_t *pte;
	size_t i;

	dir_begin();
	for (i = 0; i < ARRAY_SIZE(va); i++) {
		pte = pgdir_walk(dir, (void *)va[i], 1);
		EXPECT_THAT(dir_table((void *)va[i]), "a table in entry PDX(va)"
			    " of the directory", "0x%08x there",
			    dir[va[i] >> 22]);
		EXPECT_THAT(pte == (pte_t *)page2kva(dir_table((void *)va[i]))
			    + (va[i] >> 12 & 0x3FF), "entry PTX(va) of it",
			    "%p", (void *)pte);
	}
	expect_no_other_tables((void *)va[0], (void *)va[1]);
	dir_end();
}

static void
walk_keeps_a_table_that_is_there(void)
{
	struct PageInfo *table;
	pte_t *pte;
	int before;

	dir_begin();
	table = make_table(VA1);
	pte = pgdir_walk(dir, VA1, 0);
	*pte = mapping(a, PTE_W);
	before = check_list_growth();
	EXPECT_EQ(pgdir_walk(dir, VA1, 1), pte);
	EXPECT_EQ(dir_table(VA1), table);
	EXPECT_EQ(dir_entry(VA1), mapping(a, PTE_W));
	EXPECT_THAT(check_list_growth() == before, "no frame is taken or given",
		    "%d more are free", check_list_growth() - before);
	dir_end();
}

static void
walk_asks_for_no_rights(void)
{
	struct PageInfo *table;
	pte_t *pte;

	dir_begin();
	table = make_table(VA1);
	pte = pgdir_walk(dir, VA1, 0);
	/* As the entry at UVPT: who may do what there is not the question. */
	dir[PDX(VA1)] &= ~(PTE_W | PTE_U);
	EXPECT_EQ(pgdir_walk(dir, VA1, 0), pte);
	EXPECT_EQ(pgdir_walk(dir, VA1, 1), pte);
	EXPECT_EQ(dir_table(VA1), table);
	dir_end();
}

static void
walk_changes_nothing(void)
{
	dir_begin();
	make_table(VA1);
	mark_others(VA1);
	pgdir_walk(dir, VA1, 0);
	pgdir_walk(dir, VA1, 1);
	expect_marks(VA1, 0);
	dir_end();
}

static void
walk_without_memory_returns_null(void)
{
	struct PageInfo *list;
	pte_t *pte;

	dir_begin();
	list = take_free_list();
	pte = pgdir_walk(dir, VA1, 1);
	give_free_list(list);
	EXPECT_THAT(!pte, "NULL, as there is no frame for the table", "%p",
		    (void *)pte);
	expect_no_other_tables(NULL, NULL);
	dir_end();
}

static void
directory_entry_hides_nothing(void)
{
	dir_begin();
	make_table(VA1);
	/* Some files let page_insert add what its page needs: as good. */
	if (FOREIGN && (dir[PDX(VA1)] & (PTE_W | PTE_U)) != (PTE_W | PTE_U))
		page_insert(dir, a, VA1, PTE_W | PTE_U);
	EXPECT_THAT((dir[PDX(VA1)] & (PTE_W | PTE_U)) == (PTE_W | PTE_U),
		    "PTE_W and PTE_U in the directory's entry: rights are the"
		    " page's business", "flags 0x%03x", PTE_FLAGS(dir[PDX(VA1)]));
	/* Caching is nobody's rule. */
	EXPECT_EQ(dir[PDX(VA1)] & (FOREIGN ? PTE_PS
				   : PTE_PS | PTE_PWT | PTE_PCD), 0);
	dir_end();
}

/* --- page_insert ------------------------------------------------------- */

static void
insert_maps_the_frame(void)
{
	dir_begin();
	EXPECT_EQ(page_insert(dir, a, VA1, PTE_W | PTE_U), 0);
	EXPECT_EQ(dir_entry(VA1), mapping(a, PTE_W | PTE_U));
	EXPECT_THAT(!check_listed(a), "a mapped frame is not free",
		    "frame 0x%08x on page_free_list", page2pa(a));
	dir_end();
}

static void
insert_gives_exactly_the_rights(void)
{
	static const uint32_t perm[] = {
		0, PTE_W, PTE_U, PTE_W | PTE_U, PTE_P | PTE_U, PTE_U | PTE_AVAIL,
	};
	size_t i;
	char *va = VA1;

	dir_begin();
	for (i = 0; i < ARRAY_SIZE(perm); i++) {
		EXPECT_EQ(page_insert(dir, a, va + i * PGSIZE, perm[i]), 0);
		EXPECT_EQ(dir_entry(va + i * PGSIZE), mapping(a, perm[i]));
	}
	dir_end();
}

static void
insert_counts_each_mapping(void)
{
	dir_begin();
	page_insert(dir, a, VA1, PTE_W);
	EXPECT_EQ(a->pp_ref, 1);
	page_insert(dir, a, VA2, 0);
	EXPECT_EQ(a->pp_ref, 2);
	page_insert(dir, a, VA3, 0);
	EXPECT_EQ(a->pp_ref, 3);
	a->pp_ref = 255;		/* more than a byte can count */
	page_insert(dir, a, (char *)VA3 + PGSIZE, 0);
	EXPECT_EQ(a->pp_ref, 256);
	dir_end();
}

static void
insert_changes_one_entry(void)
{
	pte_t *table;
	uint32_t i;

	dir_begin();
	page_insert(dir, a, VA1, PTE_W);
	EXPECT_THAT(dir_table(VA1), "a table for it", "0x%08x",
		    dir[PDX(VA1)]);
	table = page2kva(dir_table(VA1));
	for (i = 0; i < NPTENTRIES; i++)
		EXPECT_THAT(i == PTX(VA1) || !table[i],
			    "the table's other entries stay 0",
			    "0x%08x in entry 0x%x", table[i], i);
	expect_no_other_tables(VA1, NULL);
	dir_end();
}

static void
insert_keeps_what_is_around(void)
{
	char *next = (char *)VA1 + PGSIZE;
	pte_t *table;

	dir_begin();
	table = page2kva(make_table(VA1));
	mark_others(VA1);
	table[PTX(VA1)] = table[PTX(next)] = 0;
	page_insert(dir, a, VA1, PTE_W);
	expect_marks(VA1, 2);
	EXPECT_EQ(dir_entry(next), 0);
	page_insert(dir, a, VA1, 0);
	page_insert(dir, a, next, 0);
	EXPECT_EQ(dir_entry(VA1), mapping(a, 0));
	page_insert(dir, b, next, PTE_W);
	EXPECT_EQ(dir_entry(VA1), mapping(a, 0));
	expect_marks(VA1, 2);
	dir_end();
}

/* The first page of all, and the last that is a user's. */
#define FIRST	((void *)0)
#define LAST	((void *)(UTOP - PGSIZE))

static void
insert_maps_the_first_page_and_the_last(void)
{
	dir_begin();
	EXPECT_EQ(page_insert(dir, a, FIRST, PTE_W), 0);
	EXPECT_EQ(page_insert(dir, b, LAST, PTE_W), 0);
	EXPECT_EQ(dir_entry(FIRST), mapping(a, PTE_W));
	EXPECT_EQ(dir_entry(LAST), mapping(b, PTE_W));
	dir_end();
}

static void
insert_replaces_what_was_there(void)
{
	dir_begin();
	page_insert(dir, a, VA1, PTE_W);
	a->pp_ref = 2;			/* so that we can look at it after */
	EXPECT_EQ(page_insert(dir, b, VA1, PTE_U | PTE_AVAIL), 0);
	EXPECT_EQ(dir_entry(VA1), mapping(b, PTE_U | PTE_AVAIL));
	EXPECT_EQ(b->pp_ref, 1);
	EXPECT_EQ(a->pp_ref, 1);
	dir_end();
}

static void
insert_frees_what_it_replaces(void)
{
	dir_begin();
	page_insert(dir, a, VA1, PTE_W);
	page_insert(dir, b, VA1, PTE_W);
	EXPECT_THAT(check_listed(a), "the replaced frame is free, as nothing"
		    " else maps it", "frame 0x%08x is not on page_free_list",
		    page2pa(a));
	dir_end();
}

/* Map a at VA1 with one right, then with another. */
static void
insert_again(uint32_t first, uint32_t then)
{
	dir_begin();
	page_insert(dir, a, VA1, first);
	EXPECT_EQ(page_insert(dir, a, VA1, then), 0);
	EXPECT_EQ(dir_entry(VA1), mapping(a, then));
	dir_end();
}

static void
insert_again_widens_rights(void)
{
	insert_again(0, PTE_W | PTE_U);
}

static void
insert_again_narrows_rights(void)
{
	insert_again(PTE_W | PTE_U, PTE_U);
}

static void
insert_again_counts_once(void)
{
	dir_begin();
	page_insert(dir, a, VA1, PTE_W);
	page_insert(dir, a, VA1, 0);
	EXPECT_EQ(a->pp_ref, 1);
	EXPECT_THAT(!check_listed(a), "a mapped frame is not free",
		    "frame 0x%08x on page_free_list", page2pa(a));
	page_insert(dir, a, VA2, 0);
	page_insert(dir, a, VA2, PTE_W);
	EXPECT_EQ(a->pp_ref, 2);
	dir_end();
}

static void
insert_without_memory_is_an_error(void)
{
	struct PageInfo *list;
	int result;

	dir_begin();
	list = take_free_list();
	result = page_insert(dir, a, VA1, PTE_W);
	give_free_list(list);
	EXPECT_THAT(result == -E_NO_MEM, "-E_NO_MEM", "%d", result);
	dir_end();
}

static void
insert_without_memory_changes_nothing(void)
{
	struct PageInfo *list;

	dir_begin();
	a->pp_ref = 1;
	list = take_free_list();
	page_insert(dir, a, VA1, PTE_W);
	give_free_list(list);
	EXPECT_EQ(a->pp_ref, 1);
	expect_no_other_tables(NULL, NULL);
	dir_end();
}

static void
insert_needs_no_memory_in_a_table(void)
{
	struct PageInfo *list;
	int first, again;

	dir_begin();
	make_table(VA1);
	list = take_free_list();
	first = page_insert(dir, a, VA1, PTE_W);
	again = page_insert(dir, b, VA1, PTE_W);
	give_free_list(list);
	EXPECT_EQ(first, 0);
	EXPECT_EQ(again, 0);
	dir_end();
}

/* --- page_lookup ------------------------------------------------------- */

/* Map pp at va by hand, as page_insert would. */
static void
map_by_hand(struct PageInfo *pp, const void *va, uint32_t perm)
{
	struct PageInfo *table = make_table(va);

	((pte_t *)page2kva(table))[PTX(va)] = mapping(pp, perm);
	pp->pp_ref++;
}

static void
lookup_finds_the_frame(void)
{
	pte_t *pte = NULL;

	dir_begin();
	map_by_hand(a, VA1, PTE_W);
	map_by_hand(b, VA2, 0);
	EXPECT_EQ(page_lookup(dir, VA1, &pte), a);
	EXPECT_EQ(page_lookup(dir, VA2, &pte), b);
	EXPECT_EQ(a->pp_ref, 1);
	dir_end();
}

static void
lookup_finds_the_first_page_and_the_last(void)
{
	dir_begin();
	map_by_hand(a, FIRST, PTE_W);
	map_by_hand(b, LAST, 0);
	EXPECT_EQ(page_lookup(dir, FIRST, NULL), a);
	EXPECT_EQ(page_lookup(dir, LAST, NULL), b);
	dir_end();
}

static void
lookup_changes_nothing(void)
{
	pte_t *pte = NULL;

	dir_begin();
	map_by_hand(a, VA1, PTE_W);
	mark_others(VA1);
	page_lookup(dir, VA1, &pte);
	page_lookup(dir, VA1, NULL);
	expect_marks(VA1, 1);
	EXPECT_EQ(dir_entry(VA1), mapping(a, PTE_W));
	dir_end();
}

static void
lookup_stores_the_entry(void)
{
	pte_t *pte = NULL;

	dir_begin();
	map_by_hand(a, VA2, PTE_W);
	page_lookup(dir, VA2, &pte);
	EXPECT_EQ(pte, (pte_t *)page2kva(dir_table(VA2)) + PTX(VA2));
	dir_end();
}

static void
lookup_without_pte_store(void)
{
	dir_begin();
	map_by_hand(a, VA1, PTE_W);
	EXPECT_EQ(page_lookup(dir, VA1, NULL), a);
	EXPECT_EQ(page_lookup(dir, VA3, NULL), NULL);
	dir_end();
}

static void
lookup_without_a_table_is_null(void)
{
	pte_t *pte = NULL;

	dir_begin();
	EXPECT_EQ(page_lookup(dir, VA1, &pte), NULL);
	expect_no_other_tables(NULL, NULL);
	dir_end();
}

static void
lookup_of_an_empty_entry_is_null(void)
{
	pte_t *pte = NULL;

	dir_begin();
	map_by_hand(a, VA1, PTE_W);
	EXPECT_EQ(page_lookup(dir, VA2, &pte), NULL);
	dir_end();
}

static void
lookup_of_an_absent_page_is_null(void)
{
	pte_t *pte = NULL;

	dir_begin();
	map_by_hand(a, VA1, PTE_W);
	((pte_t *)page2kva(dir_table(VA1)))[PTX(VA1)] &= ~PTE_P;
	EXPECT_EQ(page_lookup(dir, VA1, &pte), NULL);
	dir_end();
}

/* --- page_remove ------------------------------------------------------- */

static void
remove_clears_the_entry(void)
{
	dir_begin();
	map_by_hand(a, VA1, PTE_W);
	map_by_hand(b, VA2, PTE_W);
	page_remove(dir, VA1);
	EXPECT_EQ(dir_entry(VA1), 0);
	EXPECT_EQ(dir_entry(VA2), mapping(b, PTE_W));
	dir_end();
}

static void
remove_takes_the_first_page_and_the_last(void)
{
	dir_begin();
	map_by_hand(a, FIRST, PTE_W);
	map_by_hand(b, LAST, PTE_W);
	page_remove(dir, FIRST);
	page_remove(dir, LAST);
	EXPECT_EQ(dir_entry(FIRST), 0);
	EXPECT_EQ(dir_entry(LAST), 0);
	dir_end();
}

static void
remove_keeps_what_is_around(void)
{
	dir_begin();
	map_by_hand(a, VA1, PTE_W);
	mark_others(VA1);
	page_remove(dir, VA1);
	expect_marks(VA1, 1);
	dir_end();
}

static void
remove_drops_one_reference(void)
{
	dir_begin();
	map_by_hand(a, VA1, PTE_W);
	map_by_hand(a, VA2, PTE_W);
	page_remove(dir, VA1);
	EXPECT_EQ(a->pp_ref, 1);
	EXPECT_THAT(!check_listed(a), "still mapped, so not free",
		    "frame 0x%08x on page_free_list", page2pa(a));
	dir_end();
}

static void
remove_frees_with_the_last_mapping(void)
{
	dir_begin();
	map_by_hand(a, VA1, PTE_W);
	page_remove(dir, VA1);
	EXPECT_EQ(a->pp_ref, 0);
	EXPECT_THAT(check_listed(a), "free, as nothing maps it",
		    "frame 0x%08x is not on page_free_list", page2pa(a));
	dir_end();
}

static void
remove_keeps_the_table(void)
{
	struct PageInfo *table;

	dir_begin();
	map_by_hand(a, VA1, PTE_W);
	table = dir_table(VA1);
	page_remove(dir, VA1);
	EXPECT_EQ(dir_table(VA1), table);
	EXPECT_EQ(table->pp_ref, 1);
	dir_end();
}

static void
remove_of_nothing_does_nothing(void)
{
	dir_begin();
	page_remove(dir, VA3);
	expect_no_other_tables(NULL, NULL);
	map_by_hand(a, VA1, PTE_W);
	page_remove(dir, VA2);
	EXPECT_EQ(dir_entry(VA1), mapping(a, PTE_W));
	EXPECT_EQ(a->pp_ref, 1);
	dir_end();
}

/* --- boot_map_region --------------------------------------------------- */

static void
map_region(uintptr_t va, size_t size, physaddr_t pa, uint32_t perm)
{
	if (MISSING(boot_map_region))
		check_skip("no boot_map_region to call");
	boot_map_region(dir, va, size, pa, perm);
}

/* The n pages from va on show those from pa on, with exactly these rights. */
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
			    "the rights that were asked for",
			    "rights 0x%x instead of 0x%x at 0x%08x", w.rights,
			    rights | PTE_P, va + i * PGSIZE);
	}
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
	uintptr_t va = UTEXT + PTSIZE - 2 * PGSIZE;

	/* Across two tables. */
	dir_begin();
	map_region(va, 4 * PGSIZE, 0x300000, PTE_W);
	expect_region(va, 4, 0x300000, PTE_W);
	dir_end();
}

static void
region_maps_no_more(void)
{
	uintptr_t va = UTEXT + 7 * PGSIZE;

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
	uintptr_t va = UTEXT + 7 * PGSIZE;
	pte_t *table;

	dir_begin();
	table = page2kva(make_table((void *)va));
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
	map_region(UTEXT, 0, 0, PTE_W);
	expect_unmapped(UTEXT);
	dir_end();
}

static void
region_has_exactly_the_rights(void)
{
	static const uint32_t perm[] = { 0, PTE_W, PTE_U, PTE_W | PTE_U };
	size_t i;

	dir_begin();
	for (i = 0; i < ARRAY_SIZE(perm); i++) {
		map_region(UTEXT + i * PGSIZE, PGSIZE, i * PGSIZE, perm[i]);
		expect_region(UTEXT + i * PGSIZE, 1, i * PGSIZE, perm[i]);
	}
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
	map_region(UTEXT, 2 * PGSIZE, pa, PTE_W);
	expect_region(UTEXT, 2, pa, PTE_W);
	expect_unmapped(UTEXT + 2 * PGSIZE);
	dir_end();
}

static void
region_counts_nothing(void)
{
	dir_begin();
	map_region(UTEXT, PGSIZE, page2pa(a), PTE_W);
	EXPECT_EQ(a->pp_ref, 0);
	dir_end();
}

static void
region_counts_its_tables(void)
{
	uintptr_t va[] = { UTEXT + PTSIZE - PGSIZE, UTEXT + PTSIZE };
	size_t i;

	dir_begin();
	map_region(va[0], 2 * PGSIZE, 0x300000, PTE_W);
	for (i = 0; i < ARRAY_SIZE(va); i++) {
		EXPECT_THAT(dir_table((void *)va[i]), "a table for it",
			    "0x%08x", dir[va[i] >> 22]);
		EXPECT_EQ(dir_table((void *)va[i])->pp_ref, 1);
	}
	dir_end();
}

const struct check pmap_checks[] = {
#define C(name, subject, rule)						\
	{ "check_page", #name, subject, rule, name, CHECK_RULE, 0 }
#define LONG(name, subject, rule)					\
	{ "check_page", #name, subject, rule, name, CHECK_RULE, CHECK_LONG }
	C(walk_makes_no_table_unasked, "pgdir_walk",
	  "pgdir_walk without create: NULL, and nothing is made"),
	C(walk_makes_a_table_where_asked, "pgdir_walk",
	  "pgdir_walk with create: a missing table is made"),
	C(walk_clears_a_new_table, "pgdir_walk",
	  "pgdir_walk: a new table is empty"),
	C(walk_counts_a_new_table_once, "pgdir_walk",
	  "pgdir_walk: a new table has one reference, the directory's"),
	C(walk_returns_the_entry_in_the_table, "pgdir_walk",
	  "pgdir_walk: the entry of that very page"),
	C(walk_uses_the_whole_address, "pgdir_walk",
	  "pgdir_walk: from the first table to the last"),
	C(walk_keeps_a_table_that_is_there, "pgdir_walk",
	  "pgdir_walk: a table that is there is used as it is"),
	C(walk_asks_for_no_rights, "pgdir_walk",
	  "pgdir_walk: a present table is used, whatever its entry allows"),
	LONG(walk_changes_nothing, "pgdir_walk",
	  "pgdir_walk where a table is: no entry changes"),
	C(walk_without_memory_returns_null, "pgdir_walk",
	  "pgdir_walk: NULL if there is no frame for a table"),
	C(directory_entry_hides_nothing, "pgdir_walk",
	  "pgdir_walk: the directory allows what any page may need"),
	C(insert_maps_the_frame, "page_insert",
	  "page_insert: the entry shows the frame, present"),
	C(insert_gives_exactly_the_rights, "page_insert",
	  "page_insert: the rights are those that were asked for"),
	C(insert_counts_each_mapping, "page_insert",
	  "page_insert: each mapping is one reference"),
	C(insert_changes_one_entry, "page_insert",
	  "page_insert: no other page is touched"),
	LONG(insert_keeps_what_is_around, "page_insert",
	  "page_insert: the mappings around it stay as they are"),
	LONG(insert_maps_the_first_page_and_the_last, "page_insert",
	  "page_insert: the first page is one like any other, and the last"),
	C(insert_replaces_what_was_there, "page_insert",
	  "page_insert: the old page goes, with its reference"),
	C(insert_frees_what_it_replaces, "page_insert",
	  "page_insert: the old page's last reference frees it"),
	C(insert_again_widens_rights, "page_insert",
	  "page_insert of the page that is there: more rights"),
	C(insert_again_narrows_rights, "page_insert",
	  "page_insert of the page that is there: fewer rights"),
	C(insert_again_counts_once, "page_insert",
	  "page_insert of the page that is there: count unchanged, not freed"),
	C(insert_without_memory_is_an_error, "page_insert",
	  "page_insert: -E_NO_MEM if there is no frame for a table"),
	C(insert_without_memory_changes_nothing, "page_insert",
	  "E1: a page_insert that fails changes and counts nothing"),
	C(insert_needs_no_memory_in_a_table, "page_insert",
	  "page_insert: with a table there, no frame is needed"),
	C(lookup_finds_the_frame, "page_lookup",
	  "page_lookup: the frame that is mapped, count unchanged"),
	LONG(lookup_finds_the_first_page_and_the_last, "page_lookup",
	  "page_lookup: the first page is one like any other, and the last"),
	LONG(lookup_changes_nothing, "page_lookup",
	  "page_lookup: no table and no entry changes"),
	C(lookup_stores_the_entry, "page_lookup",
	  "page_lookup: *pte_store points to the page's entry"),
	C(lookup_without_pte_store, "page_lookup",
	  "page_lookup: pte_store may be NULL"),
	C(lookup_without_a_table_is_null, "page_lookup",
	  "page_lookup: NULL without a table, and none is made"),
	C(lookup_of_an_empty_entry_is_null, "page_lookup",
	  "page_lookup: NULL if the entry is 0"),
	C(lookup_of_an_absent_page_is_null, "page_lookup",
	  "page_lookup: NULL if the entry is not present, whatever else it says"),
	C(remove_clears_the_entry, "page_remove",
	  "page_remove: the page's entry is 0, no other changes"),
	LONG(remove_takes_the_first_page_and_the_last, "page_remove",
	  "page_remove: the first page is one like any other, and the last"),
	LONG(remove_keeps_what_is_around, "page_remove",
	  "page_remove: the mappings around it stay as they are"),
	C(remove_drops_one_reference, "page_remove",
	  "page_remove: one reference less"),
	C(remove_frees_with_the_last_mapping, "page_remove",
	  "page_remove: the last mapping gone, the frame is free"),
	C(remove_keeps_the_table, "page_remove",
	  "page_remove: the table stays"),
	C(remove_of_nothing_does_nothing, "page_remove",
	  "page_remove: nothing there, nothing done"),
	C(region_maps_its_pages, "boot_map_region",
	  "boot_map_region: every page of it, the last one too"),
	C(region_maps_no_more, "boot_map_region",
	  "boot_map_region: no page before or after it"),
	LONG(region_keeps_what_is_around, "boot_map_region",
	  "boot_map_region: the mappings around it stay as they are"),
	C(region_has_exactly_the_rights, "boot_map_region",
	  "boot_map_region: the rights are those that were asked for"),
	C(region_may_end_at_4gib, "boot_map_region",
	  "boot_map_region: a region may end at 4 GiB"),
	C(region_may_map_the_last_pages, "boot_map_region",
	  "boot_map_region: so may the physical memory that it shows"),
	C(region_counts_nothing, "boot_map_region",
	  "boot_map_region: the count of what it maps is left alone"),
	C(region_counts_its_tables, "boot_map_region",
	  "boot_map_region: its tables have one reference each"),
#undef C
#undef LONG
	{ "check_page", "region_of_nothing_maps_nothing", "boot_map_region",
	  "boot_map_region: size 0", region_of_nothing_maps_nothing,
	  FOREIGN ? CHECK_ADVICE : CHECK_RULE, 0 },
	CHECK_TABLE_END
};
