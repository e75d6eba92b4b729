/*
 * Checks of page_insert, page_lookup and page_remove: what they return, change,
 * count and free. They use only the public interface. The effect on the
 * processor is checked in map_rules.c.
 */

#include <inc/error.h>
#include <inc/string.h>
#include <kern/check/scratch_dir.h>
#include <kern/check/tables.h>
#include <kern/vmwalk.h>

/* --- page_insert ------------------------------------------------------- */

static void
insert_maps_the_frame(void)
{
	dir_begin();
	EXPECT_EQ(page_insert(dir, frame_a, VA1, PTE_W | PTE_U), 0);
	EXPECT_EQ(dir_entry(VA1), mapping(frame_a, PTE_W | PTE_U));
	EXPECT_THAT(!check_listed(frame_a), "a mapped frame is not free",
		    "frame 0x%08x on page_free_list", page2pa(frame_a));
	dir_end();
}

static void
insert_gives_exactly_the_rights(void)
{
	static const uint32_t perm[] = {
		0, PTE_W, PTE_U, PTE_W | PTE_U, PTE_P | PTE_U,
		PTE_U | PTE_AVAIL,
	};
	size_t i;
	char *va = VA1;

	dir_begin();
	for (i = 0; i < ARRAY_SIZE(perm); i++, va += PGSIZE) {
		EXPECT_EQ(page_insert(dir, frame_a, va, perm[i]), 0);
		EXPECT_EQ(dir_entry(va), mapping(frame_a, perm[i]));
	}
	dir_end();
}

/* Return the frame of va's table, which must be there. */
static struct PageInfo *
table_of(const void *va)
{
	struct PageInfo *table = dir_table(va);

	EXPECT_THAT(table, "a table for the page", "0x%08x",
		    dir[(uintptr_t)va >> 22]);
	return table;
}

static void
expect_count(const struct PageInfo *pp, uint32_t refs, const char *what)
{
	EXPECT_THAT(pp->pp_ref == refs, what, "%u instead of %u in frame"
		    " 0x%08x", pp->pp_ref, refs, page2pa(pp));
}

static void
insert_counts_each_mapping(void)
{
	struct PageInfo *table;
	uint32_t refs;

	dir_begin();
	page_insert(dir, frame_a, VA1, PTE_W);
	EXPECT_EQ(frame_a->pp_ref, 1);
	table = table_of(VA1);
	refs = table->pp_ref;
	page_insert(dir, frame_a, VA2, 0);
	EXPECT_EQ(frame_a->pp_ref, 2);
	expect_count(table, refs, "the table's count unchanged");
	page_insert(dir, frame_a, VA3, 0);
	EXPECT_EQ(frame_a->pp_ref, 3);
	frame_a->pp_ref = 255;		/* more than a byte can count */
	page_insert(dir, frame_a, (char *)VA3 + PGSIZE, 0);
	EXPECT_EQ(frame_a->pp_ref, 256);
	dir_end();
}

static void
insert_changes_one_entry(void)
{
	pte_t *table;
	uint32_t i;

	dir_begin();
	page_insert(dir, frame_a, VA1, PTE_W);
	EXPECT_THAT(dir_table(VA1), "a table for the page", "0x%08x",
		    dir[PDX(VA1)]);
	table = page2kva(dir_table(VA1));
	for (i = 0; i < NPTENTRIES; i++)
		EXPECT_THAT(i == PTX(VA1) || !table[i],
			    "the other entries of the table stay 0",
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
	table = table_by_hand(VA1);
	mark_others(VA1);
	table[PTX(VA1)] = table[PTX(next)] = 0;
	page_insert(dir, frame_a, VA1, PTE_W);
	expect_marks(VA1, 2);
	EXPECT_EQ(dir_entry(next), 0);
	page_insert(dir, frame_a, VA1, 0);
	page_insert(dir, frame_a, next, 0);
	EXPECT_EQ(dir_entry(VA1), mapping(frame_a, 0));
	page_insert(dir, frame_b, next, PTE_W);
	EXPECT_EQ(dir_entry(VA1), mapping(frame_a, 0));
	expect_marks(VA1, 2);
	dir_end();
}

/* The first page of the address space, and the user's last one. */
#define FIRST	((void *)0)
#define LAST	((void *)(UTOP - PGSIZE))

static void
insert_maps_the_first_page_and_the_last(void)
{
	dir_begin();
	EXPECT_EQ(page_insert(dir, frame_a, FIRST, PTE_W), 0);
	EXPECT_EQ(page_insert(dir, frame_b, LAST, PTE_W), 0);
	EXPECT_EQ(dir_entry(FIRST), mapping(frame_a, PTE_W));
	EXPECT_EQ(dir_entry(LAST), mapping(frame_b, PTE_W));
	dir_end();
}

static void
insert_replaces_what_was_there(void)
{
	dir_begin();
	page_insert(dir, frame_a, VA1, PTE_W);
	frame_a->pp_ref = 2;			/* keep it allocated */
	EXPECT_EQ(page_insert(dir, frame_b, VA1, PTE_U | PTE_AVAIL), 0);
	EXPECT_EQ(dir_entry(VA1), mapping(frame_b, PTE_U | PTE_AVAIL));
	EXPECT_EQ(frame_b->pp_ref, 1);
	EXPECT_EQ(frame_a->pp_ref, 1);
	dir_end();
}

static void
insert_frees_what_it_replaces(void)
{
	dir_begin();
	page_insert(dir, frame_a, VA1, PTE_W);
	page_insert(dir, frame_b, VA1, PTE_W);
	EXPECT_THAT(check_listed(frame_a),
		    "the replaced frame is free: it has no other mapping",
		    "frame 0x%08x is not on page_free_list", page2pa(frame_a));
	dir_end();
}

/* Map frame_a at VA1 with one set of permissions, then with another. */
static void
insert_again(uint32_t first, uint32_t then)
{
	dir_begin();
	page_insert(dir, frame_a, VA1, first);
	EXPECT_EQ(page_insert(dir, frame_a, VA1, then), 0);
	EXPECT_EQ(dir_entry(VA1), mapping(frame_a, then));
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
	page_insert(dir, frame_a, VA1, PTE_W);
	page_insert(dir, frame_a, VA1, 0);
	EXPECT_EQ(frame_a->pp_ref, 1);
	EXPECT_THAT(!check_listed(frame_a), "a mapped frame is not free",
		    "frame 0x%08x on page_free_list", page2pa(frame_a));
	page_insert(dir, frame_a, VA2, 0);
	page_insert(dir, frame_a, VA2, PTE_W);
	EXPECT_EQ(frame_a->pp_ref, 2);
	dir_end();
}

/*
 * Course files leave no such entry; a page that is swapped out would have one.
 * Its flags are those of the new mapping, because a file may add to them.
 */
static void
insert_takes_an_absent_entry_for_no_mapping(void)
{
	pte_t *table;

	NEED_NO_SWAP();
	dir_begin();
	table = page2kva(make_table(VA1));
	table[PTX(VA1)] = page2pa(frame_a) | PTE_W;
	EXPECT_EQ(page_insert(dir, frame_a, VA1, PTE_W), 0);
	EXPECT_EQ(dir_entry(VA1), mapping(frame_a, PTE_W));
	expect_count(frame_a, 1, "a mapping is counted, though the absent"
		     " entry named the same frame");
	table[PTX(VA2)] = page2pa(frame_b) | PTE_W;
	frame_b->pp_ref = 2;
	EXPECT_EQ(page_insert(dir, frame_a, VA2, PTE_W), 0);
	expect_count(frame_a, 2, "two mappings, two references");
	expect_count(frame_b, 2, "no change for the frame that the absent"
		     " entry named");
	dir_end();
}

static void
insert_without_memory_is_an_error(void)
{
	struct PageInfo *list;
	int result;

	dir_begin();
	list = take_free_list();
	result = page_insert(dir, frame_a, VA1, PTE_W);
	give_free_list(list);
	EXPECT_THAT(result == -E_NO_MEM, "-E_NO_MEM", "%d", result);
	dir_end();
}

static void
insert_without_memory_changes_nothing(void)
{
	struct PageInfo *list;

	dir_begin();
	frame_a->pp_ref = 1;
	list = take_free_list();
	page_insert(dir, frame_a, VA1, PTE_W);
	give_free_list(list);
	EXPECT_EQ(frame_a->pp_ref, 1);
	expect_no_other_tables(NULL, NULL);
	dir_end();
}

static void
insert_needs_no_memory_in_a_table(void)
{
	struct PageInfo *list;
	int first, again;

	dir_begin();
	table_by_hand(VA1);
	list = take_free_list();
	first = page_insert(dir, frame_a, VA1, PTE_W);
	again = page_insert(dir, frame_b, VA1, PTE_W);
	give_free_list(list);
	EXPECT_EQ(first, 0);
	EXPECT_EQ(again, 0);
	dir_end();
}

/* --- page_lookup ------------------------------------------------------- */

static void
lookup_finds_the_frame(void)
{
	pte_t *pte = NULL;

	dir_begin();
	map_by_hand(frame_a, VA1, PTE_W);
	map_by_hand(frame_b, VA2, 0);
	EXPECT_EQ(page_lookup(dir, VA1, &pte), frame_a);
	EXPECT_EQ(page_lookup(dir, VA2, &pte), frame_b);
	EXPECT_EQ(frame_a->pp_ref, 1);
	dir_end();
}

static void
lookup_finds_the_first_page_and_the_last(void)
{
	dir_begin();
	map_by_hand(frame_a, FIRST, PTE_W);
	map_by_hand(frame_b, LAST, 0);
	EXPECT_EQ(page_lookup(dir, FIRST, NULL), frame_a);
	EXPECT_EQ(page_lookup(dir, LAST, NULL), frame_b);
	dir_end();
}

static void
lookup_changes_nothing(void)
{
	struct PageInfo *table;
	pte_t *pte = NULL;
	uint32_t refs;

	dir_begin();
	map_by_hand(frame_a, VA1, PTE_W);
	table = dir_table(VA1);
	refs = table->pp_ref;
	mark_others(VA1);
	page_lookup(dir, VA1, &pte);
	page_lookup(dir, VA1, NULL);
	expect_marks(VA1, 1);
	expect_count(table, refs, "the table's count unchanged");
	EXPECT_EQ(dir_entry(VA1), mapping(frame_a, PTE_W));
	dir_end();
}

static void
lookup_stores_the_entry(void)
{
	pte_t *pte = NULL;

	dir_begin();
	map_by_hand(frame_a, VA2, PTE_W);
	page_lookup(dir, VA2, &pte);
	EXPECT_EQ(pte, (pte_t *)page2kva(dir_table(VA2)) + PTX(VA2));
	dir_end();
}

static void
lookup_without_pte_store(void)
{
	dir_begin();
	map_by_hand(frame_a, VA1, PTE_W);
	EXPECT_EQ(page_lookup(dir, VA1, NULL), frame_a);
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
	map_by_hand(frame_a, VA1, PTE_W);
	EXPECT_EQ(page_lookup(dir, VA2, &pte), NULL);
	dir_end();
}

static void
lookup_of_an_absent_page_is_null(void)
{
	pte_t *pte = NULL;

	dir_begin();
	map_by_hand(frame_a, VA1, PTE_W);
	((pte_t *)page2kva(dir_table(VA1)))[PTX(VA1)] &= ~PTE_P;
	EXPECT_EQ(page_lookup(dir, VA1, &pte), NULL);
	dir_end();
}

/* --- page_remove ------------------------------------------------------- */

static void
remove_clears_the_entry(void)
{
	dir_begin();
	map_by_hand(frame_a, VA1, PTE_W);
	map_by_hand(frame_b, VA2, PTE_W);
	page_remove(dir, VA1);
	EXPECT_EQ(dir_entry(VA1), 0);
	EXPECT_EQ(dir_entry(VA2), mapping(frame_b, PTE_W));
	dir_end();
}

static void
remove_takes_the_first_page_and_the_last(void)
{
	dir_begin();
	map_by_hand(frame_a, FIRST, PTE_W);
	map_by_hand(frame_b, LAST, PTE_W);
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
	map_by_hand(frame_a, VA1, PTE_W);
	mark_others(VA1);
	page_remove(dir, VA1);
	expect_marks(VA1, 1);
	dir_end();
}

static void
remove_drops_one_reference(void)
{
	dir_begin();
	map_by_hand(frame_a, VA1, PTE_W);
	map_by_hand(frame_a, VA2, PTE_W);
	page_remove(dir, VA1);
	EXPECT_EQ(frame_a->pp_ref, 1);
	EXPECT_THAT(!check_listed(frame_a), "not free: it is still mapped",
		    "frame 0x%08x on page_free_list", page2pa(frame_a));
	dir_end();
}

static void
remove_frees_with_the_last_mapping(void)
{
	dir_begin();
	map_by_hand(frame_a, VA1, PTE_W);
	page_remove(dir, VA1);
	EXPECT_EQ(frame_a->pp_ref, 0);
	EXPECT_THAT(check_listed(frame_a), "free: it has no mapping",
		    "frame 0x%08x is not on page_free_list", page2pa(frame_a));
	dir_end();
}

static void
remove_keeps_the_table(void)
{
	struct PageInfo *table;
	uint32_t refs;

	dir_begin();
	map_by_hand(frame_a, VA1, PTE_W);
	table = dir_table(VA1);
	refs = table->pp_ref;
	page_remove(dir, VA1);
	EXPECT_EQ(dir_table(VA1), table);
	expect_count(table, refs, "the table's count unchanged");
	dir_end();
}

static void
remove_of_nothing_does_nothing(void)
{
	dir_begin();
	page_remove(dir, VA3);
	expect_no_other_tables(NULL, NULL);
	map_by_hand(frame_a, VA1, PTE_W);
	page_remove(dir, VA2);
	EXPECT_EQ(dir_entry(VA1), mapping(frame_a, PTE_W));
	EXPECT_EQ(frame_a->pp_ref, 1);
	dir_end();
}

static void
remove_takes_an_absent_entry_for_no_mapping(void)
{
	NEED_NO_SWAP();
	dir_begin();
	make_table(VA1);
	((pte_t *)page2kva(dir_table(VA1)))[PTX(VA1)]
		= page2pa(frame_a) | PTE_W;
	frame_a->pp_ref = 2;
	page_remove(dir, VA1);
	expect_count(frame_a, 2, "no change for the frame that an absent entry"
		     " names");
	dir_end();
}

const struct check insert_checks[] = {
	RULE(PAGE, insert_maps_the_frame, "page_insert",
	     "page_insert: the PTE has the frame's address and PTE_P"),
	RULE(PAGE, insert_gives_exactly_the_rights, "page_insert",
	     "page_insert: the PTE has exactly the permissions asked for"),
	RULE(PAGE, insert_counts_each_mapping, "page_insert",
	     "page_insert counts one reference for each mapping"),
	RULE(PAGE, insert_changes_one_entry, "page_insert",
	     "page_insert changes no other PTE"),
	LONG_RULE(PAGE, insert_keeps_what_is_around, "page_insert",
		  "page_insert leaves the mappings around it unchanged"),
	LONG_RULE(PAGE, insert_maps_the_first_page_and_the_last, "page_insert",
		  "page_insert works for the first and the last page, too"),
	RULE(PAGE, insert_replaces_what_was_there, "page_insert",
	     "page_insert removes the old page and its reference"),
	RULE(PAGE, insert_frees_what_it_replaces, "page_insert",
	     "page_insert frees the old page with its last reference"),
	RULE(PAGE, insert_again_widens_rights, "page_insert",
	     "page_insert of the same page can add permissions"),
	RULE(PAGE, insert_again_narrows_rights, "page_insert",
	     "page_insert of the same page can remove permissions"),
	RULE(PAGE, insert_again_counts_once, "page_insert",
	     "page_insert of the same page neither counts nor frees it"),
	RULE(PAGE, insert_takes_an_absent_entry_for_no_mapping, "page_insert",
	     "page_insert: an entry without PTE_P maps nothing, whatever its"
	     " other bits"),
	RULE(PAGE, insert_without_memory_is_an_error, "page_insert",
	     "page_insert returns -E_NO_MEM if there is no frame for a table"),
	RULE(PAGE, insert_without_memory_changes_nothing, "page_insert",
	     "E1: a page_insert that fails changes and counts nothing"),
	RULE(PAGE, insert_needs_no_memory_in_a_table, "page_insert",
	     "page_insert needs no frame if the table exists"),
	RULE(PAGE, lookup_finds_the_frame, "page_lookup",
	     "page_lookup returns the mapped frame and does not count it"),
	LONG_RULE(PAGE, lookup_finds_the_first_page_and_the_last, "page_lookup",
		  "page_lookup works for the first and the last page, too"),
	LONG_RULE(PAGE, lookup_changes_nothing, "page_lookup",
		  "page_lookup changes no table and no entry"),
	RULE(PAGE, lookup_stores_the_entry, "page_lookup",
	     "page_lookup sets *pte_store to the address of the PTE"),
	RULE(PAGE, lookup_without_pte_store, "page_lookup",
	     "page_lookup: pte_store may be NULL"),
	RULE(PAGE, lookup_without_a_table_is_null, "page_lookup",
	     "page_lookup returns NULL without a table, and makes none"),
	RULE(PAGE, lookup_of_an_empty_entry_is_null, "page_lookup",
	     "page_lookup returns NULL if the PTE is 0"),
	RULE(PAGE, lookup_of_an_absent_page_is_null, "page_lookup",
	     "page_lookup returns NULL if the PTE lacks PTE_P, whatever its"
	     " other bits"),
	RULE(PAGE, remove_clears_the_entry, "page_remove",
	     "page_remove clears the page's PTE and no other"),
	LONG_RULE(PAGE, remove_takes_the_first_page_and_the_last, "page_remove",
		  "page_remove works for the first and the last page, too"),
	LONG_RULE(PAGE, remove_keeps_what_is_around, "page_remove",
		  "page_remove leaves the mappings around it unchanged"),
	RULE(PAGE, remove_drops_one_reference, "page_remove",
	     "page_remove drops one reference"),
	RULE(PAGE, remove_frees_with_the_last_mapping, "page_remove",
	     "page_remove frees the frame with its last mapping"),
	RULE(PAGE, remove_keeps_the_table, "page_remove",
	     "page_remove keeps the table"),
	RULE(PAGE, remove_of_nothing_does_nothing, "page_remove",
	     "page_remove does nothing if no page is mapped"),
	RULE(PAGE, remove_takes_an_absent_entry_for_no_mapping, "page_remove",
	     "page_remove: an entry without PTE_P maps nothing, whatever its"
	     " other bits"),
	CHECK_TABLE_END
};
