/*
 * Checks of slot.c: slots are counted as frames are; and of the entries that
 * name them.
 */

#include <inc/error.h>
#include <inc/x86.h>
#include <kern/check/own/paged.h>
#include <kern/env.h>

/* --- Slots --------------------------------------------------------------- */

static void
slot_is_freed_without_users(void)
{
	uint32_t free = slots_free, n;

	n = slot_alloc(5);
	EXPECT_THAT(n > 0 && n <= slots_total, "a slot of the area", "%u", n);
	EXPECT_EQ(slots_free, free - 1);
	EXPECT_EQ(slot_at(n)->frame, 5);
	EXPECT_EQ(slot_at(n)->count, 0);
	EXPECT(slot_get(n) && slot_get(n), "a count of 2 is refused");
	EXPECT_EQ(slot_at(n)->count, 2);
	slot_put(n);
	EXPECT_EQ(slot_at(n)->count, 1);
	EXPECT_EQ(slots_free, free - 1);
	/* The frame holds the contents, too. */
	slot_put(n);
	EXPECT_EQ(slot_at(n)->count, 0);
	EXPECT_EQ(slots_free, free - 1);
	slot_release(n);
	EXPECT_EQ(slots_free, free);
}

static void
entries_keep_a_slot(void)
{
	uint32_t free = slots_free, n = slot_alloc(5);

	EXPECT(slot_get(n), "a count of 1 is refused");
	slot_release(n);
	EXPECT_EQ(slot_at(n)->frame, 0);
	EXPECT_EQ(slots_free, free - 1);
	slot_put(n);
	EXPECT_EQ(slots_free, free);
}

static void
do_slot_put(void *n)
{
	slot_put((uintptr_t)n);
}

static void
slot_counts_are_bounded(void)
{
	uint32_t n = slot_alloc(5);

	EXPECT_PANIC(do_slot_put, (void *)(uintptr_t)n);
	EXPECT_EQ(slot_at(n)->count, 0);
	slot_at(n)->count = SLOT_MAX_COUNT - 1;
	EXPECT(slot_get(n), "the highest count is refused");
	EXPECT(!slot_get(n), "a count wraps");
	EXPECT_EQ(slot_at(n)->count, SLOT_MAX_COUNT);
	slot_at(n)->count = 0;
	slot_release(n);
}

/* Take all free slots; returns how many there were. All belong to frame 1. */
static uint32_t
take_slots(void)
{
	uint32_t n, taken = 0;

	while ((n = slot_alloc(1)) && taken <= slots_total) {
		EXPECT_THAT(n <= slots_total, "a slot of the area", "%u", n);
		EXPECT_THAT(slot_get(n) && slot_at(n)->count == 1,
			    "a slot that is free", "slot %u has count %u", n,
			    slot_at(n)->count);
		taken++;
	}
	return taken;
}

static void
each_slot_is_given_once(void)
{
	uint32_t free = slots_free;

	EXPECT_EQ(free + slots_bad, slots_total);
	EXPECT_EQ(slots_total, swap_area.slots - 1);
	EXPECT_EQ(take_slots(), free);
	EXPECT_EQ(slots_free, 0);
	EXPECT_EQ(slot_alloc(1), 0);
	paged_give_slots();
	EXPECT_EQ(slots_free, free);
	EXPECT_EQ(take_slots(), free);
	paged_give_slots();
}

static void
bad_slot_is_not_given(void)
{
	uint32_t free = slots_free, bad = slots_bad, n = slot_alloc(5);

	slot_set_bad(n);
	EXPECT_EQ(slots_free, free - 1);
	EXPECT_EQ(slots_bad, bad + 1);
	EXPECT_EQ(slot_at(n)->count, SLOT_BAD);
	EXPECT_EQ(take_slots(), free - 1);
	EXPECT_EQ(slot_at(n)->count, SLOT_BAD);
	paged_give_slots();
	paged_mend(n);
	EXPECT_EQ(slots_free, free);
}

/* --- Entries ------------------------------------------------------------- */

static void
absent_entries_are_known(void)
{
	const struct {
		pte_t entry;
		bool has_slot, absent;
	} all[] = {
		{ 0, false, false },
		{ PTE_U | PTE_W, false, false },
		{ 1 << PGSHIFT, true, true },
		{ 1 << PGSHIFT | PTE_U | PTE_W | PTE_AVAIL, true, true },
		{ slots_total << PGSHIFT, true, true },
		{ (slots_total + 1) << PGSHIFT, false, false },
		{ 1 << PGSHIFT | PTE_P, false, false },
		{ PTE_FILE, false, true },
		{ 1 << PGSHIFT | PTE_FILE | PTE_U, false, true },
		{ 1 << PGSHIFT | PTE_FILE | PTE_P, false, false },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(all); i++) {
		EXPECT_THAT(entry_has_slot(all[i].entry) == all[i].has_slot,
			    "which entries name a slot", "0x%08x",
			    all[i].entry);
		EXPECT_THAT(entry_is_absent(all[i].entry) == all[i].absent,
			    "which entries have a page", "0x%08x",
			    all[i].entry);
	}
}

static void
absent_page_can_be_removed(void)
{
	uint32_t slot, free = slots_free;
	struct PageInfo *pp;

	paged_begin();
	paged_new(me, PAGE_A);
	paged_out(me, PAGE_A);
	EXPECT_EQ(ASK(me, SYS_page_unmap, 0, PAGE_A), 0);
	EXPECT_EQ(entry_of(me, PAGE_A), 0);
	EXPECT_EQ(slots_free, free);
	/* Another page in its place. */
	paged_new(me, PAGE_A);
	paged_out(me, PAGE_A);
	pp = paged_new(me, PAGE_A);
	EXPECT_EQ(pp->pp_ref, 1);
	EXPECT_EQ(slots_free, free);
	EXPECT_EQ(paged_read(me, PAGE_A), 0);
	/* The end of an environment that shares it. */
	EXPECT_EQ(ASK(me, SYS_page_map, 0, PAGE_A, child->env_id, PAGE_B, PU),
		  0);
	slot = paged_out(me, PAGE_A);
	EXPECT_EQ(slot_at(slot)->count, 2);
	env_free(child);
	EXPECT_EQ(slot_at(slot)->count, 1);
	EXPECT_EQ(slots_free, free - 1);
	env_free(me);
	EXPECT_EQ(slots_free, free);
	paged_end();
}

static void
slot_ends_with_its_page(void)
{
	uint32_t slot, free = slots_free;

	paged_begin();
	paged_new(me, PAGE_A);
	slot = paged_out(me, PAGE_A);
	paged_in(me, PAGE_A);
	EXPECT_EQ(slots_free, free - 1);
	EXPECT_EQ(slot_at(slot)->count, 0);
	EXPECT_EQ(slot_at(slot)->frame, paged_at(me, PAGE_A) - pages);
	EXPECT_EQ(ASK(me, SYS_page_unmap, 0, PAGE_A), 0);
	EXPECT_EQ(slots_free, free);
	EXPECT_EQ(resident_count, 0);
	paged_end();
}

/* --- Sharing pages that are on disk -------------------------------------- */

static void
absent_page_is_shared(void)
{
	uint32_t slot, free = slots_free;

	paged_begin();
	paged_new(me, PAGE_A);
	paged_write(me, PAGE_A, 0x5A);
	slot = paged_out(me, PAGE_A);
	paged_counts();
	EXPECT_EQ(ASK(me, SYS_cow_range, child->env_id, 0, UTOP), 0);
	EXPECT_COUNTS(0, 0, 0);
	EXPECT_EQ(slot_at(slot)->count, 2);
	EXPECT_EQ(entry_of(me, PAGE_A), slot << PGSHIFT | PTE_U | PTE_COW);
	EXPECT_EQ(entry_of(child, PAGE_A) & ~(PTE_A | PTE_D),
		  slot << PGSHIFT | PTE_U | PTE_COW);
	/* Both are in memory when one has read it. */
	EXPECT_EQ(paged_read(child, PAGE_A), 0x5A);
	EXPECT_EQ(paged_at(me, PAGE_A), paged_at(child, PAGE_A));
	EXPECT_EQ(paged_at(me, PAGE_A)->pp_ref, 2);
	EXPECT_COUNTS(1, 0, 0);
	/* A copy for one, brought in by the call, and the page for the other. */
	paged_out(me, PAGE_A);
	EXPECT_EQ(ASK(child, SYS_cow_page, PAGE_A), 0);
	paged_write(child, PAGE_A, 0xC1);
	EXPECT_EQ(ASK(me, SYS_cow_page, PAGE_A), 0);
	EXPECT_EQ(paged_read(me, PAGE_A), 0x5A);
	paged_out(child, PAGE_A);
	paged_out(me, PAGE_A);
	EXPECT_EQ(paged_read(child, PAGE_A), 0xC1);
	EXPECT_EQ(paged_read(me, PAGE_A), 0x5A);
	EXPECT_EQ(slots_free, free - 2);
	paged_end();
}

/* Pages of all kinds, on disk, in two tables. */
static void
map_absent(void)
{
	static const uint32_t perms[] = {
		PUW, PU, PUW | PTE_SHARE, PU | PTE_COW, PUW | 0x200,
	};
	uintptr_t va;
	size_t i, t;

	for (t = 0; t < 2; t++)
		for (i = 0; i < ARRAY_SIZE(perms); i++) {
			va = PAGE_A + t * PTSIZE + i * PGSIZE;
			EXPECT_EQ(ASK(me, SYS_page_alloc, 0, va, perms[i]), 0);
			paged_out(me, va);
		}
	paged_new(me, PAGE_A + 8 * PGSIZE);
}

static void
sharing_absent_pages_can_fail(void)
{
	uintptr_t last = PAGE_A + PTSIZE + 4 * PGSIZE;
	uint32_t slot;

	paged_begin();
	map_absent();
	EXPECT_FRAMES(2, me, SYS_cow_range, child->env_id, 0, UTOP);
	env_free(child);
	child = new_env(me->env_id);
	/* A page of the child is in the way, in memory or not. */
	paged_new(child, last);
	EXPECT_REFUSED(-E_INVAL, me, SYS_cow_range, child->env_id, 0, UTOP);
	paged_out(child, last);
	EXPECT_REFUSED(-E_INVAL, me, SYS_cow_range, child->env_id, 0, UTOP);
	page_remove(child->env_pgdir, (void *)last);
	/* A count that cannot grow. */
	slot = paged_slot(me, last);
	slot_at(slot)->count = SLOT_MAX_COUNT;
	EXPECT_REFUSED(-E_NO_MEM, me, SYS_cow_range, child->env_id, 0, UTOP);
	slot_at(slot)->count = 1;
	EXPECT_EQ(ASK(me, SYS_cow_range, child->env_id, 0, UTOP), 0);
	EXPECT_EQ(slot_at(slot)->count, 2);
	paged_end();
}

static void
absent_page_can_be_mapped(void)
{
	uint32_t slot, free = slots_free;

	paged_begin();
	paged_new(me, PAGE_A);
	paged_write(me, PAGE_A, 0x5A);
	slot = paged_out(me, PAGE_A);
	/* Refused first, without a transfer. */
	paged_counts();
	EXPECT_REFUSED(-E_INVAL, me, SYS_page_map, 0, PAGE_B, 0, PAGE_A, PUW);
	EXPECT_COUNTS(0, 0, 0);
	/* Onto itself: only the permissions change. */
	EXPECT_EQ(ASK(me, SYS_page_map, 0, PAGE_A, 0, PAGE_A, PU | 0x200), 0);
	EXPECT_EQ(PTE_FLAGS(entry_of(me, PAGE_A)) & ~PTE_A, PU | 0x200);
	EXPECT_EQ(paged_at(me, PAGE_A)->pp_ref, 1);
	EXPECT_EQ(resident_slot(paged_at(me, PAGE_A) - pages), slot);
	EXPECT_EQ(paged_out(me, PAGE_A), slot);
	EXPECT_COUNTS(1, 0, 1);
	/* Read-only on disk, too. */
	EXPECT_REFUSED(-E_INVAL, me, SYS_page_map, 0, PAGE_A, child->env_id,
		       PAGE_B, PUW);
	EXPECT_EQ(ASK(me, SYS_page_map, 0, PAGE_A, child->env_id, PAGE_B, PU),
		  0);
	EXPECT_EQ(paged_at(child, PAGE_B), paged_at(me, PAGE_A));
	EXPECT_EQ(paged_read(child, PAGE_B), 0x5A);
	EXPECT_EQ(slots_free, free - 1);
	paged_end();
}

/* A message takes along a page that is on disk. */
static void
absent_page_can_be_sent(void)
{
	paged_begin();
	paged_new(me, PAGE_A);
	paged_write(me, PAGE_A, 0x3D);
	paged_out(me, PAGE_A);
	EXPECT_EQ(BLOCK(other, SYS_ipc_recv, PAGE_C), NULL);
	EXPECT_EQ(ASK(me, SYS_ipc_try_send, other->env_id, 1, PAGE_A, PUW), 0);
	expect_woken(other, 0);
	EXPECT_EQ(paged_at(other, PAGE_C), paged_at(me, PAGE_A));
	EXPECT_EQ(paged_read(other, PAGE_C), 0x3D);
	paged_end();
}

const struct check own_slot_checks[] = {
	LONG_OWN(SWAP, slot_is_freed_without_users, "slot_put",
		 "S1: a slot is freed when no entry names it and no frame"
		 " holds its contents"),
	LONG_OWN(SWAP, entries_keep_a_slot, "slot_release",
		 "S1: a slot that an entry names stays when its frame goes"),
	LONG_OWN(SWAP, slot_counts_are_bounded, "slot_put",
		 "S1: a slot's count neither wraps nor falls below 0"),
	LONG_OWN(SWAP, each_slot_is_given_once, "slot_alloc",
		 "S1: each slot but the header's can be taken, once"),
	LONG_OWN(SWAP, bad_slot_is_not_given, "slot_set_bad",
		 "slot_set_bad: a slot that failed is not used again"),
	LONG_OWN(SWAP, absent_entries_are_known, "entry_is_absent",
		 "entry_is_absent: an entry has a page on disk if it names a"
		 " slot, or a page of a file"),
	LONG_OWN(SWAP, absent_page_can_be_removed, "entry_release",
		 "S1: an entry that is removed or replaced, or whose"
		 " environment ends, drops its slot"),
	LONG_OWN(SWAP, slot_ends_with_its_page, "resident_forget_home",
		 "S1: a page in memory that is freed frees its slot"),
	LONG_OWN(SWAP, absent_page_is_shared, "count_entry",
		 "cow_share and cow_copy: pages on disk are shared, counted"
		 " and copied as those in memory"),
	LONG_OWN(SWAP, sharing_absent_pages_can_fail, "count_entry",
		 "E1: cow_share restores entries and counts of pages on disk,"
		 " wherever it fails"),
	LONG_OWN(SWAP, absent_page_can_be_mapped, "swap_need",
		 "sys_page_map: a page on disk has its permissions, and comes"
		 " in when it is mapped"),
	LONG_OWN(SWAP, absent_page_can_be_sent, "swap_need",
		 "sys_ipc_try_send: a page on disk comes in when it is sent"),
	CHECK_TABLE_END
};
