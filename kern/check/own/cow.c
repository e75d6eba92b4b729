/*
 * Checks of cow.c and its calls: pages that are shared until one writes.
 */

#include <inc/error.h>
#include <inc/string.h>
#include <inc/x86.h>
#include <kern/check/own/calls.h>
#include <kern/check/own/user.h>
#include <kern/env.h>
#include <kern/sys_mem.h>

#define ONES	0x01010101U

static void
fill(struct PageInfo *pp, uint8_t value)
{
	memset(page2kva(pp), value, PGSIZE);
}

static bool
filled_with(const struct PageInfo *pp, uint8_t value)
{
	const uint32_t *word = page2kva(pp);
	int i;

	for (i = 0; i < PGSIZE / 4; i++)
		if (word[i] != value * ONES)
			return false;
	return true;
}

static struct PageInfo *
page_of(const struct Env *e, uintptr_t va)
{
	pte_t pte = entry_of(e, va);

	EXPECT_THAT(pte & PTE_P, "a page", "none at 0x%08x", va);
	return pa2page(PTE_ADDR(pte));
}

/* --- sys_cow_range ----------------------------------------------------- */

/* The permissions after sharing a page: in the source, in the copy. */
static const struct {
	uint32_t was, from, to;
} outcomes[] = {
	{ PU, PU, PU },
	{ PUW, PU | PTE_COW, PU | PTE_COW },
	{ PUW | 0x200, PU | PTE_COW | 0x200, PU | PTE_COW | 0x200 },
	{ PU | 0x200, PU | 0x200, PU | 0x200 },
	{ PU | PTE_COW, PU | PTE_COW, PU | PTE_COW },
	{ PUW | PTE_COW, PU | PTE_COW, PU | PTE_COW },
	{ PU | PTE_SHARE, PU | PTE_SHARE, PU | PTE_SHARE },
	{ PUW | PTE_SHARE, PUW | PTE_SHARE, PUW | PTE_SHARE },
	{ PU | PTE_SHARE | PTE_COW, PU | PTE_SHARE | PTE_COW,
	  PU | PTE_SHARE | PTE_COW },
	{ PUW | PTE_SHARE | PTE_COW, PUW | PTE_SHARE | PTE_COW,
	  PUW | PTE_SHARE | PTE_COW },
};

/* The permissions of an entry, without what the processor sets. */
static uint32_t
rights(pte_t pte)
{
	return PTE_FLAGS(pte) & ~(PTE_A | PTE_D);
}

static void
range_shares_by_permission(void)
{
	struct PageInfo *pp[ARRAY_SIZE(outcomes)];
	uintptr_t va;
	size_t i;

	calls_begin();
	for (i = 0; i < ARRAY_SIZE(outcomes); i++)
		pp[i] = map_new(me, PAGE_A + i * 3 * PGSIZE, outcomes[i].was);
	EXPECT_EQ(ASK(me, SYS_cow_range, child->env_id, PAGE_A, PAGE_FAR), 0);
	for (i = 0; i < ARRAY_SIZE(outcomes); i++) {
		va = PAGE_A + i * 3 * PGSIZE;
		EXPECT_EQ(page_of(me, va), pp[i]);
		EXPECT_EQ(page_of(child, va), pp[i]);
		EXPECT_EQ(rights(entry_of(me, va)), outcomes[i].from);
		EXPECT_EQ(rights(entry_of(child, va)), outcomes[i].to);
		EXPECT_EQ(pp[i]->pp_ref, 2);
		EXPECT_EQ(entry_of(child, va + PGSIZE), 0);
	}
	calls_end();
}

static void
range_ends_where_it_says(void)
{
	static const uintptr_t vas[] = {
		PAGE_A, PAGE_A + PTSIZE - PGSIZE, PAGE_A + PTSIZE,
		PAGE_A + PTSIZE + PGSIZE, PAGE_FAR, PAGE_FAR + PGSIZE,
		UTOP - 2 * PGSIZE, UTOP - PGSIZE, 0,
	};
	size_t from, to, i;
	bool inside;

	calls_begin();
	for (i = 0; i < ARRAY_SIZE(vas); i++)
		map_new(me, vas[i], PU);
	for (from = 0; from < ARRAY_SIZE(vas) - 1; from++)
		for (to = from; to < ARRAY_SIZE(vas) - 1; to++) {
			EXPECT_EQ(ASK(me, SYS_cow_range, child->env_id,
				      vas[from], vas[to]), 0);
			for (i = 0; i < ARRAY_SIZE(vas); i++) {
				inside = i >= from && i < to;
				EXPECT_THAT(!entry_of(child, vas[i])
					    == !inside, "the pages in [start,"
					    " end), and no others", "0x%08x is"
					    " %smapped", vas[i], inside ? "not "
					    : "");
				page_remove(child->env_pgdir, (void *)vas[i]);
			}
		}
	EXPECT_EQ(ASK(me, SYS_cow_range, child->env_id, 0, UTOP), 0);
	EXPECT_EQ(rights(entry_of(child, UTOP - PGSIZE)), PU);
	EXPECT_EQ(rights(entry_of(child, 0)), PU);
	calls_end();
}

static void
share_and_write(void *arg)
{
	(void)arg;
	poke(PAGE_A, 1);
	poke(PAGE_FAR, 1);
	EXPECT_EQ(sys_cow_range(child->env_id, 0, UTOP), 0);
	EXPECT_THAT(poke_faults(PAGE_A) && poke_faults(PAGE_FAR),
		    "copy-on-write pages", "the caller can still write");
	EXPECT_EQ(peek(PAGE_A), 1);
}

static void
range_flushes_the_callers_tlb(void)
{
	calls_begin();
	map_new(me, PAGE_A, PUW);
	map_new(me, PAGE_FAR, PUW);
	as_program(me, share_and_write, NULL);
	calls_end();
}

static void
range_refuses_in_order(void)
{
	uint32_t ids[NBAD_IDS], i;
	struct PageInfo *list;

	calls_begin();
	map_new(me, PAGE_A, PUW);
	bad_ids(ids);
	list = take_free_list();
	for (i = 0; i < NBAD_IDS; i++)
		EXPECT_REFUSED(-E_BAD_ENV, me, SYS_cow_range, ids[i], 1, 0);
	EXPECT_REFUSED(-E_INVAL, me, SYS_cow_range, 0, 0, UTOP);
	EXPECT_REFUSED(-E_INVAL, me, SYS_cow_range, me->env_id, PAGE_A,
		       PAGE_B);
	EXPECT_REFUSED(-E_INVAL, me, SYS_cow_range, child->env_id, PAGE_B,
		       PAGE_A);
	EXPECT_REFUSED(-E_INVAL, me, SYS_cow_range, child->env_id, PAGE_A + 1,
		       PAGE_B);
	EXPECT_REFUSED(-E_INVAL, me, SYS_cow_range, child->env_id, PAGE_A,
		       PAGE_B - 1);
	EXPECT_REFUSED(-E_INVAL, me, SYS_cow_range, child->env_id, PAGE_A,
		       UTOP + PGSIZE);
	EXPECT_REFUSED(-E_INVAL, me, SYS_cow_range, child->env_id, UTOP,
		       KERNBASE);
	/* Even where nothing is mapped. */
	EXPECT_REFUSED(-E_INVAL, me, SYS_cow_range, 0, PAGE_B, PAGE_B);
	EXPECT_REFUSED(-E_INVAL, me, SYS_cow_range, child->env_id,
		       UTOP + PTSIZE - PGSIZE, UTOP + PTSIZE);
	EXPECT_REFUSED(-E_NO_MEM, me, SYS_cow_range, child->env_id, 0, UTOP);
	/* An empty range, and one without pages, need nothing. */
	EXPECT_REFUSED(0, me, SYS_cow_range, child->env_id, PAGE_A, PAGE_A);
	EXPECT_REFUSED(0, me, SYS_cow_range, child->env_id, UTOP, UTOP);
	EXPECT_REFUSED(0, me, SYS_cow_range, child->env_id, PAGE_B, UTOP);
	give_free_list(list);
	calls_end();
}

/* Map pages of all kinds in three tables. */
static void
map_many(struct Env *e)
{
	static const uint32_t perms[] = {
		PUW, PUW | PTE_A, PUW | PTE_A | PTE_D, PUW | PTE_D | 0x200,
		PU, PU | PTE_A, PU | PTE_COW, PU | PTE_COW | PTE_A,
		PUW | PTE_COW | PTE_A, PUW | PTE_SHARE | PTE_D,
		PU | PTE_SHARE,
	};
	size_t i, t;

	for (t = 0; t < 3; t++)
		for (i = 0; i < ARRAY_SIZE(perms); i++)
			map_new(e, PAGE_A + t * PTSIZE + i * PGSIZE,
				perms[i]);
}

static void
range_without_memory(void)
{
	calls_begin();
	map_many(me);
	EXPECT_FRAMES(3, me, SYS_cow_range, child->env_id, 0, UTOP);
	calls_end();
}

/* Sharing stops at a page that is mapped in the child: it is undone. */
static void
range_undoes_what_it_shared(void)
{
	uintptr_t last = PAGE_A + 2 * PTSIZE + 10 * PGSIZE;
	struct PageInfo *pp, *list;

	calls_begin();
	map_many(me);
	/* The child has a page where I have a gap: that does not matter. */
	map_new(child, PAGE_A + PTSIZE + 20 * PGSIZE, PUW);
	pp = map_new(child, last, PUW);
	EXPECT_REFUSED(-E_INVAL, me, SYS_cow_range, child->env_id, 0, UTOP);
	EXPECT_REFUSED(-E_INVAL, me, SYS_cow_range, child->env_id,
		       PAGE_A + 2 * PGSIZE, last + PGSIZE);
	/* -E_INVAL comes before -E_NO_MEM, even if memory ends earlier. */
	list = take_free_list();
	EXPECT_REFUSED(-E_INVAL, me, SYS_cow_range, child->env_id, 0, UTOP);
	give_free_list(list);
	page_remove(child->env_pgdir, (void *)last);
	/* Even the same frame counts as a page. */
	pp = page_of(me, last);
	EXPECT_EQ(page_insert(child->env_pgdir, pp, (void *)last, PU), 0);
	EXPECT_REFUSED(-E_INVAL, me, SYS_cow_range, child->env_id, 0, UTOP);
	page_remove(child->env_pgdir, (void *)last);
	/* A count that cannot grow. */
	pp->pp_ref = UINT16_MAX;
	EXPECT_REFUSED(-E_NO_MEM, me, SYS_cow_range, child->env_id, 0, UTOP);
	pp->pp_ref = 1;
	EXPECT_EQ(ASK(me, SYS_cow_range, child->env_id, 0, UTOP), 0);
	EXPECT_EQ(pp->pp_ref, 2);
	calls_end();
}

/*
 * A page of the child where the caller has none, or an entry that is not
 * present, is not in the way: the error remains -E_NO_MEM. The tables that were
 * made are far apart.
 */
static void
range_overlaps_pages_only(void)
{
	struct PageInfo *list;

	NEED_NO_SWAP();
	calls_begin();
	map_new(me, PAGE_A, PUW);
	map_new(me, PAGE_FAR, PUW);
	map_new(me, UTOP - PGSIZE, PUW);
	map_new(child, PAGE_B, PUW);
	set_entry_of(me, PAGE_B, 0x1000 | PTE_W);	/* not present */
	list = leave_frames(1);
	EXPECT_REFUSED(-E_NO_MEM, me, SYS_cow_range, child->env_id, 0, UTOP);
	give_free_list(list);
	EXPECT_FRAMES(2, me, SYS_cow_range, child->env_id, 0, UTOP);
	calls_end();
}

/* An entry that is not present may have any bits, and none are shared. */
static void
range_skips_what_is_not_present(void)
{
	struct PageInfo *pp;
	pte_t absent;

	NEED_NO_SWAP();
	calls_begin();
	pp = map_new(me, PAGE_A, PUW);
	absent = page2pa(pp) | PTE_W | PTE_U;
	set_entry_of(me, PAGE_B, absent);
	EXPECT_EQ(ASK(me, SYS_cow_range, child->env_id, 0, UTOP), 0);
	EXPECT_EQ(entry_of(child, PAGE_B), 0);
	EXPECT_EQ(entry_of(me, PAGE_B), absent);
	EXPECT_EQ(pp->pp_ref, 2);
	EXPECT_EQ(rights(entry_of(child, PAGE_A)), PU | PTE_COW);
	/* Nor are they undone, or freed. */
	map_new(child, PAGE_C, PU);
	map_new(me, PAGE_C, PU);
	EXPECT_REFUSED(-E_INVAL, me, SYS_cow_range, child->env_id, PAGE_B,
		       UTOP);
	env_free(child);
	EXPECT_EQ(pp->pp_ref, 1);
	child = new_env(me->env_id);
	pp->pp_ref = 2;
	env_free(me);
	EXPECT_EQ(pp->pp_ref, 1);
	pp->pp_ref = 0;
	page_free(pp);
	calls_end();
}

/* A page at two addresses: both become copy-on-write, and count. */
static void
range_shares_a_page_twice(void)
{
	struct PageInfo *pp;
	struct Env *grandchild;

	calls_begin();
	pp = map_new(me, PAGE_A, PUW);
	EXPECT_EQ(page_insert(me->env_pgdir, pp, (void *)PAGE_B, PUW), 0);
	EXPECT_EQ(ASK(me, SYS_cow_range, child->env_id, 0, UTOP), 0);
	EXPECT_EQ(pp->pp_ref, 4);
	EXPECT_EQ(rights(entry_of(me, PAGE_B)), PU | PTE_COW);
	grandchild = new_env(child->env_id);
	EXPECT_EQ(ASK(child, SYS_cow_range, grandchild->env_id, PAGE_A,
		      PAGE_B), 0);
	EXPECT_EQ(pp->pp_ref, 5);
	EXPECT_EQ(rights(entry_of(grandchild, PAGE_A)), PU | PTE_COW);
	env_free(grandchild);
	env_free(child);
	EXPECT_EQ(pp->pp_ref, 2);
	calls_end();
}

/* --- sys_cow_page ------------------------------------------------------ */

static void
page_is_copied_if_shared(void)
{
	struct PageInfo *pp, *copy;

	calls_begin();
	pp = map_new(me, PAGE_A, PUW | 0x200);
	fill(pp, 0x3C);
	EXPECT_EQ(ASK(me, SYS_cow_range, child->env_id, 0, UTOP), 0);
	EXPECT_EQ(ASK(child, SYS_cow_page, PAGE_A + 0x123), 0);
	copy = page_of(child, PAGE_A);
	EXPECT(copy != pp, "no copy");
	EXPECT_EQ(rights(entry_of(child, PAGE_A)), PUW | 0x200);
	EXPECT_EQ(rights(entry_of(me, PAGE_A)), PU | PTE_COW | 0x200);
	EXPECT_EQ(pp->pp_ref, 1);
	EXPECT_EQ(copy->pp_ref, 1);
	EXPECT(filled_with(copy, 0x3C), "other contents");
	calls_end();
}

static void
last_one_gets_the_page(void)
{
	struct PageInfo *pp, *list;

	calls_begin();
	pp = map_new(me, PAGE_A, PUW | 0x200);
	fill(pp, 0x3C);
	EXPECT_EQ(ASK(me, SYS_cow_range, child->env_id, 0, UTOP), 0);
	EXPECT_EQ(ASK(me, SYS_cow_page, PAGE_A), 0);
	EXPECT(page_of(me, PAGE_A) != pp, "no copy");
	list = take_free_list();
	EXPECT_EQ(ASK(child, SYS_cow_page, PAGE_A + PGSIZE - 1), 0);
	give_free_list(list);
	EXPECT_EQ(page_of(child, PAGE_A), pp);
	EXPECT_EQ(rights(entry_of(child, PAGE_A)), PUW | 0x200);
	EXPECT_EQ(pp->pp_ref, 1);
	EXPECT(filled_with(pp, 0x3C), "other contents");
	calls_end();
}

static void
write_both(void *arg)
{
	struct Env *self = arg;

	(void)peek(PAGE_A);
	(void)peek(PAGE_FAR);
	EXPECT_THAT(poke_faults(PAGE_A) && poke_faults(PAGE_FAR),
		    "copy-on-write pages", "a write succeeds");
	EXPECT_EQ(sys_cow_page(PAGE_A), 0);
	EXPECT_EQ(sys_cow_page(PAGE_FAR), 0);
	/* Old translations are read-only, or show the other's page. */
	poke(PAGE_A, self == me ? 0x11 : 0x22);
	poke(PAGE_FAR, self == me ? 0x33 : 0x44);
	EXPECT_EQ(peek(PAGE_A), self == me ? 0x11 : 0x22);
}

static void
writes_are_private(void)
{
	struct PageInfo *near, *far;

	calls_begin();
	near = map_new(me, PAGE_A, PUW);
	far = map_new(me, PAGE_FAR, PUW);
	EXPECT_EQ(ASK(me, SYS_cow_range, child->env_id, 0, UTOP), 0);
	as_program(me, write_both, me);
	EXPECT(near->pp_ref == 1 && far->pp_ref == 1, "a page is still"
	       " shared");
	as_program(child, write_both, child);
	EXPECT_EQ(page_of(child, PAGE_A), near);
	EXPECT_EQ(*(uint8_t *)page2kva(page_of(me, PAGE_A)), 0x11);
	EXPECT_EQ(*(uint8_t *)page2kva(page_of(me, PAGE_FAR)), 0x33);
	EXPECT_EQ(*(uint8_t *)page2kva(near), 0x22);
	EXPECT_EQ(*(uint8_t *)page2kva(far), 0x44);
	calls_end();
}

static void
only_cow_pages_are_made_writable(void)
{
	static const uint32_t perms[] = {
		PU, PUW, PU | PTE_SHARE, PUW | PTE_SHARE, PU | 0x200,
	};
	static const uintptr_t vas[] = {
		PAGE_FAR, PAGE_C, UTOP, UTOP + PGSIZE, UENVS, UPAGES, UVPT,
		ULIM, KERNBASE, 0xFFFFFFFF,
	};
	struct PageInfo *list;
	size_t i;

	NEED_NO_SWAP();
	calls_begin();
	map_new(me, PAGE_A, PUW);
	list = take_free_list();
	for (i = 0; i < ARRAY_SIZE(vas); i++)
		EXPECT_REFUSED(-E_INVAL, me, SYS_cow_page, vas[i]);
	for (i = 0; i < ARRAY_SIZE(perms); i++) {
		set_entry_of(me, PAGE_A,
			     PTE_ADDR(entry_of(me, PAGE_A)) | perms[i]);
		EXPECT_REFUSED(-E_INVAL, me, SYS_cow_page, PAGE_A);
	}
	give_free_list(list);
	/* An entry that is not present may have any bits. */
	set_entry_of(me, PAGE_C, PTE_COW | PTE_U);
	EXPECT_REFUSED(-E_INVAL, me, SYS_cow_page, PAGE_C);
	set_entry_of(me, PAGE_C, 0);
	calls_end();
}

static void
copy_without_memory(void)
{
	calls_begin();
	map_new(me, PAGE_A, PUW);
	EXPECT_EQ(ASK(me, SYS_cow_range, child->env_id, 0, UTOP), 0);
	EXPECT_FRAMES(1, child, SYS_cow_page, PAGE_A);
	EXPECT_FRAMES(0, me, SYS_cow_page, PAGE_A);
	calls_end();
}

/* Each of three generations gets its own page, in any order. */
static void
generations_are_private(void)
{
	struct Env *third, *all[3];
	struct PageInfo *pp;
	int order, i;

	for (order = 0; order < 3; order++) {
		calls_begin();
		third = new_env(child->env_id);
		pp = map_new(me, PAGE_A, PUW);
		fill(pp, 0x5C);
		EXPECT_EQ(ASK(me, SYS_cow_range, child->env_id, 0, UTOP), 0);
		EXPECT_EQ(ASK(child, SYS_cow_range, third->env_id, 0, UTOP),
			  0);
		EXPECT_EQ(pp->pp_ref, 3);
		all[order] = me;
		all[(order + 1) % 3] = child;
		all[(order + 2) % 3] = third;
		for (i = 0; i < 3; i++) {
			EXPECT_EQ(ASK(all[i], SYS_cow_page, PAGE_A), 0);
			EXPECT(filled_with(page_of(all[i], PAGE_A), 0x5C),
			       "other contents");
			fill(page_of(all[i], PAGE_A), i);
		}
		for (i = 0; i < 3; i++)
			EXPECT(filled_with(page_of(all[i], PAGE_A), i),
			       "another's contents");
		EXPECT_EQ(page_of(all[2], PAGE_A), pp);
		EXPECT_EQ(pp->pp_ref, 1);
		env_free(third);
		calls_end();
	}
}

const struct check own_cow_checks[] = {
	LONG_OWN(CALLS, range_shares_by_permission, "cow_share",
		 "cow_share: writable pages become copy-on-write in both, all"
		 " others stay as they are"),
	LONG_OWN(CALLS, range_ends_where_it_says, "cow_share",
		 "cow_share shares the pages in [start, end), and no others"),
	LONG_OWN(CALLS, range_flushes_the_callers_tlb, "cow_share",
		 "T1: after cow_share, the caller can no longer write"),
	LONG_OWN(CALLS, range_refuses_in_order, "sys_cow_range",
		 "sys_cow_range: -E_BAD_ENV, then -E_INVAL, then -E_NO_MEM"),
	LONG_OWN(CALLS, range_without_memory, "cow_share",
		 "E1: cow_share changes nothing if memory runs out at any"
		 " point"),
	LONG_OWN(CALLS, range_undoes_what_it_shared, "cow_share",
		 "E1: cow_share restores all entries, if a page is mapped"
		 " there, or cannot be counted"),
	LONG_OWN(CALLS, range_overlaps_pages_only, "cow_share",
		 "E1: cow_share: a page of the child is in the way only where"
		 " the caller has one"),
	LONG_OWN(CALLS, range_skips_what_is_not_present, "cow_share",
		 "cow_share and env_free leave out entries that are not"
		 " present"),
	LONG_OWN(CALLS, range_shares_a_page_twice, "cow_share",
		 "F2: cow_share counts each mapping of a page"),
	LONG_OWN(CALLS, page_is_copied_if_shared, "cow_copy",
		 "cow_copy gives one that shares a page a copy, with the same"
		 " permissions"),
	LONG_OWN(CALLS, last_one_gets_the_page, "cow_copy",
		 "cow_copy gives the last one the page itself, without"
		 " memory"),
	LONG_OWN(CALLS, writes_are_private, "cow_copy",
		 "T1: after cow_copy, the program writes to its own page"),
	LONG_OWN(CALLS, only_cow_pages_are_made_writable, "sys_cow_page",
		 "sys_cow_page: -E_INVAL for any page but a copy-on-write one"
		 " of the user's"),
	LONG_OWN(CALLS, copy_without_memory, "cow_copy",
		 "E1: cow_copy changes nothing without memory"),
	LONG_OWN(CALLS, generations_are_private, "cow_copy",
		 "cow_copy: three generations get a page each, whoever writes"
		 " first"),
	CHECK_TABLE_END
};
