/*
 * Checks of running out of memory: the first page_alloc fails, then the second,
 * then the third, until the operation succeeds. Each failure must be an error
 * that changed nothing (E1), and no success may leak a frame.
 */

#include <inc/error.h>
#include <inc/string.h>
#include <kern/check/scratch_dir.h>
#include <kern/check/tables.h>
#include <kern/check/guard.h>

/* More frames than any operation below needs. */
#define ENOUGH	8

/* The number of operations that ran with few free frames or none. */
static uint32_t cases;

/* --- What must not change ---------------------------------------------- */

static struct {
	pde_t directory[NPDENTRIES];
	pte_t table[NPTENTRIES];	/* VA1's, if it has one */
	uint32_t refs;			/* a sum over all frames */
} before;

static uint32_t
sum_refs(void)
{
	uint32_t sum = 0;
	ppn_t n;

	for (n = 0; n < npages; n++)
		sum = sum * 31 + pages[n].pp_ref;
	return sum;
}

static void
remember_tables(void)
{
	memcpy(before.directory, dir, PGSIZE);
	if (dir_table(VA1))
		memcpy(before.table, page2kva(dir_table(VA1)), PGSIZE);
	before.refs = sum_refs();
}

static void
expect_unchanged(const char *what, uint32_t left)
{
	EXPECT_THAT(count_free() == left, "as many free frames as before",
		    "%s failed with %u left, and now there are %u", what, left,
		    count_free());
	EXPECT_THAT(memcmp(before.directory, dir, PGSIZE) == 0,
		    "an unchanged directory",
		    "%s failed with %u left, and changed it", what,
		    left);
	EXPECT_THAT(!dir_table(VA1)
		    || memcmp(before.table, page2kva(dir_table(VA1)), PGSIZE)
		    == 0, "an unchanged table",
		    "%s failed with %u left, and changed it", what,
		    left);
	EXPECT_THAT(before.refs == sum_refs(), "all counts unchanged",
		    "%s failed with %u left, and changed a pp_ref",
		    what, left);
}

/* --- The operations ---------------------------------------------------- */

/* Each returns 0, or a negative number if memory has run out. */
static int
walk(void)
{
	return pgdir_walk(dir, VA1, 1) ? 0 : -E_NO_MEM;
}

static int
insert(void)
{
	return page_insert(dir, frame_a, VA1, PTE_W);
}

static int
insert_elsewhere(void)
{
	return page_insert(dir, frame_a, VA3, PTE_W | PTE_U);
}

/* A foreign function may panic half-way and leave its tables. */
#if !FOREIGN
static void
map_four_tables(void *arg)
{
	(void)arg;
	boot_map_region(dir, UTEXT + PGSIZE, 3 * PTSIZE, 0x300000, PTE_W);
}

/* Can fail only by a panic. */
static int
map(void)
{
	struct guard_report r;
	char words[240];

	switch (guarded(map_four_tables, NULL, &r)) {
	case GUARD_OK:
		return 0;
	case GUARD_PANIC:
		return -E_NO_MEM;
	default:
		check_ending_words(&r, words, sizeof(words));
		check_fail(__FILE__, __LINE__, "success or a panic", "%s",
			   words);
	}
}
#endif

/* --- Sweeping ---------------------------------------------------------- */

/* The page mapped before the operation: none, frame_b, or frame_a itself. */
enum { NOTHING, OTHER, SAME, NSTATES };

static void
prepare(int state)
{
	dir_begin();
	if (state != NOTHING)
		map_by_hand(state == OTHER ? frame_b : frame_a, VA1, PTE_U);
}

static void
free_by_hand(struct PageInfo *pp)
{
	if (!pp || check_listed(pp))
		return;
	pp->pp_ref = 0;
	put_on_free_list(pp);
}

/* Free everything, so that the next round begins like this one. */
static void
tidy_up(void)
{
	uint32_t i;

	for (i = 0; i < NPDENTRIES; i++)
		free_by_hand(dir_table((void *)(i << 22)));
	free_by_hand(frame_a);
	free_by_hand(frame_b);
	free_by_hand(dir_frame);
}

/* Leave only `left` frames free. Returns the others. */
static struct PageInfo *
leave(uint32_t left)
{
	struct PageInfo **link = &page_free_list, *others;

	if (!left)
		return take_free_list();
	while (left--)
		link = &(*link)->pp_link;
	others = *link;
	*link = NULL;
	return others;
}

/* Returns true if the operation succeeded with so few frames. */
static bool
attempt(const char *what, int (*operation)(void), uint32_t left)
{
	struct PageInfo *others;
	int result;

	others = leave(left);
	remember_tables();
	result = operation();
	cases++;
	if (result == 0) {
		give_free_list(others);
		return true;
	}
	EXPECT_THAT(result == -E_NO_MEM, "-E_NO_MEM", "%d", result);
	expect_unchanged(what, left);
	give_free_list(others);
	return false;
}

static void
sweep(const char *what, int (*operation)(void))
{
	bool done;
	uint32_t left;
	int state;

	cases = 0;
	for (state = 0; state < NSTATES; state++)
		for (left = 0, done = false; !done; left++) {
			EXPECT_THAT(left <= ENOUGH, "success with enough"
				    " frames",
				    "%s fails even with %u frames free", what,
				    left - 1);
			prepare(state);
			done = attempt(what, operation, left);
			tidy_up();
		}
	check_note("%s: %u cases of memory running out", what, cases);
}

static void
walk_fails_cleanly(void)
{
	sweep("pgdir_walk", walk);
}

static void
insert_fails_cleanly(void)
{
	sweep("page_insert", insert);
}

static void
insert_elsewhere_fails_cleanly(void)
{
	sweep("page_insert in another table", insert_elsewhere);
}

#if !FOREIGN
static void
mapping_fails_cleanly(void)
{
	sweep("boot_map_region", map);
}
#endif

const struct check out_of_memory_checks[] = {
	LONG_RULE(OUT_OF_MEMORY, walk_fails_cleanly, "pgdir_walk",
		  "E1: pgdir_walk changes nothing if memory runs out at any"
		  " point"),
	LONG_RULE(OUT_OF_MEMORY, insert_fails_cleanly, "page_insert",
		  "E1: page_insert changes nothing if memory runs out at"
		  " any point"),
	LONG_RULE(OUT_OF_MEMORY, insert_elsewhere_fails_cleanly, "page_insert",
		  "E1: page_insert of a mapped page changes nothing if"
		  " memory runs out"),
#if !FOREIGN
	LONG_OWN(OUT_OF_MEMORY, mapping_fails_cleanly, "boot_map_region",
		 "E1: boot_map_region changes nothing if memory runs out at"
		 " any point"),
#endif
	CHECK_TABLE_END
};
