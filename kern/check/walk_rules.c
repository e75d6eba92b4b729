/*
 * Checks of pgdir_walk: the tables that it finds and makes. They use only the
 * public interface.
 */

#include <inc/error.h>
#include <inc/string.h>
#include <kern/check/scratch_dir.h>
#include <kern/check/tables.h>
#include <kern/vmwalk.h>

static void
walk_makes_no_table_unasked(void)
{
	int before;
	pte_t *pte;

	dir_begin();
	before = check_list_growth();
	pte = pgdir_walk(dir, VA1, 0);
	EXPECT_THAT(!pte, "NULL: there is no table", "%p", (void *)pte);
	expect_no_other_tables(NULL, NULL);
	EXPECT_THAT(check_list_growth() == before, "no frame is allocated or"
		    " freed",
		    "%d more are free", check_list_growth() - before);
	dir_end();
}

static void
walk_makes_a_table_where_asked(void)
{
	struct PageInfo *table;

	dir_begin();
	table = make_table(VA1);
	EXPECT_THAT(table != frame_a && table != frame_b && table != dir_frame,
		    "a frame that is not in use", "0x%08x, which is in use",
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

	/* Leave one free frame, with junk in it. */
	dir_begin();
	memset(page2kva(frame_a), 0x5A, PGSIZE);
	list = take_free_list();
	put_on_free_list(frame_a);
	pgdir_walk(dir, VA1, 1);
	give_free_list(list);
	pp = dir_table(VA1);
	EXPECT_THAT(pp, "a table from the only free frame",
		    "0x%08x in the directory", dir[PDX(VA1)]);
	word = page2kva(pp);
	for (i = 0; i < NPTENTRIES; i++)
		EXPECT_THAT(!word[i], "all entries of the table 0",
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
	/* The first and the last table, and page offsets. */
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
	*pte = mapping(frame_a, PTE_W);
	before = check_list_growth();
	EXPECT_EQ(pgdir_walk(dir, VA1, 1), pte);
	EXPECT_EQ(dir_table(VA1), table);
	EXPECT_EQ(dir_entry(VA1), mapping(frame_a, PTE_W));
	EXPECT_THAT(check_list_growth() == before, "no frame is allocated or"
		    " freed",
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
	/* Like the entry at UVPT: the walk must not look at permissions. */
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
	EXPECT_THAT(!pte, "NULL: there is no frame for the table", "%p",
		    (void *)pte);
	expect_no_other_tables(NULL, NULL);
	dir_end();
}

static void
directory_entry_hides_nothing(void)
{
	dir_begin();
	make_table(VA1);
	/* Some files add the permissions in page_insert: correct, too. */
	if (FOREIGN && (dir[PDX(VA1)] & (PTE_W | PTE_U)) != (PTE_W | PTE_U))
		page_insert(dir, frame_a, VA1, PTE_W | PTE_U);
	EXPECT_THAT((dir[PDX(VA1)] & (PTE_W | PTE_U)) == (PTE_W | PTE_U),
		    "PTE_W and PTE_U in the directory's entry: the PTE"
		    " decides the permissions", "flags 0x%03x",
		    PTE_FLAGS(dir[PDX(VA1)]));
	dir_end();
}

static void
directory_entry_is_cached(void)
{
	dir_begin();
	make_table(VA1);
	EXPECT_THAT(!(dir[PDX(VA1)] & (PTE_PS | PTE_PWT | PTE_PCD)),
		    "no PTE_PCD, PTE_PWT or PTE_PS in the directory's entry",
		    "flags 0x%03x", PTE_FLAGS(dir[PDX(VA1)]));
	dir_end();
}

/* Course files leave no such entry; a swapped-out table would be one. */
static void
walk_takes_an_absent_entry_for_no_table(void)
{
	pde_t absent[] = {
		PTE_AVAIL, PTE_W | PTE_U, PTE_W | PTE_AVAIL,
		0,			/* frame_b, see below */
	};
	pte_t *pte;
	size_t i;

	dir_begin();
	absent[ARRAY_SIZE(absent) - 1] = page2pa(frame_b) | PTE_U;
	for (i = 0; i < ARRAY_SIZE(absent); i++) {
		dir[PDX(VA1)] = absent[i];
		pte = pgdir_walk(dir, VA1, 0);
		EXPECT_THAT(!pte, "NULL: the entry lacks PTE_P", "%p for the"
			    " entry 0x%08x", (void *)pte, absent[i]);
	}
	dir[PDX(VA1)] = PTE_AVAIL;
	pte = pgdir_walk(dir, VA1, 1);
	EXPECT_THAT(dir_table(VA1), "a new table: the entry lacked PTE_P",
		    "0x%08x in the directory", dir[PDX(VA1)]);
	EXPECT_EQ(pte, (pte_t *)page2kva(dir_table(VA1)) + PTX(VA1));
	dir_end();
}

const struct check walk_checks[] = {
	RULE(PAGE, walk_makes_no_table_unasked, "pgdir_walk",
	     "pgdir_walk without create returns NULL and makes no table"),
	RULE(PAGE, walk_makes_a_table_where_asked, "pgdir_walk",
	     "pgdir_walk with create makes a missing table"),
	RULE(PAGE, walk_clears_a_new_table, "pgdir_walk",
	     "pgdir_walk clears a new table"),
	RULE(PAGE, walk_counts_a_new_table_once, "pgdir_walk",
	     "pgdir_walk counts one reference for a new table"),
	RULE(PAGE, walk_returns_the_entry_in_the_table, "pgdir_walk",
	     "pgdir_walk returns the address of the page's own PTE"),
	RULE(PAGE, walk_uses_the_whole_address, "pgdir_walk",
	     "pgdir_walk works for the first and the last table, too"),
	RULE(PAGE, walk_keeps_a_table_that_is_there, "pgdir_walk",
	     "pgdir_walk uses an existing table as it is"),
	RULE(PAGE, walk_asks_for_no_rights, "pgdir_walk",
	     "pgdir_walk uses an existing table whatever its entry allows"),
	LONG_RULE(PAGE, walk_changes_nothing, "pgdir_walk",
		  "pgdir_walk changes no entry if the table exists"),
	RULE(PAGE, walk_without_memory_returns_null, "pgdir_walk",
	     "pgdir_walk returns NULL if there is no frame for a table"),
	RULE(PAGE, directory_entry_hides_nothing, "pgdir_walk",
	     "pgdir_walk: a new directory entry allows all that a PTE may"
	     " allow"),
	RULE(PAGE, directory_entry_is_cached, "pgdir_walk",
	     "pgdir_walk: a new directory entry has no caching flags"),
	RULE(PAGE, walk_takes_an_absent_entry_for_no_table, "pgdir_walk",
	     "pgdir_walk: an entry without PTE_P is no table, whatever its"
	     " other bits"),
	CHECK_TABLE_END
};
