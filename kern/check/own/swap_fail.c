/*
 * Checks of transfers that fail: what is lost, and what is not. Requests for
 * sectors that the disk does not have fail; so they take the driver's way.
 */

#include <inc/error.h>
#include <inc/x86.h>
#include <kern/check/own/paged.h>
#include <kern/dev/console.h>
#include <kern/env.h>

/* End all transfers, with an error. */
static void
finish_in_vain(void)
{
	disk_fails(true);
	cons_muted = true;
	paged_finish();
	cons_muted = false;
	disk_fails(false);
}

/* --- Writes -------------------------------------------------------------- */

/* Let my page at PAGE_A leave, but not be written. Returns the slot. */
static uint32_t
fail_to_write(bool returns)
{
	uint32_t slot;

	paged_hold();
	disk_fails(true);
	paged_start_out(paged_at(me, PAGE_A));
	slot = paged_slot(me, PAGE_A);
	if (returns)
		paged_in(me, PAGE_A);
	finish_in_vain();
	paged_release();
	return slot;
}

static void
unwritten_page_stays(void)
{
	uint32_t slot, other_slot, nfree, i;
	struct PageInfo *pp;

	for (i = 0; i < 2; i++) {
		paged_begin();
		pp = paged_new(me, PAGE_A);
		EXPECT_EQ(ASK(me, SYS_page_map, 0, PAGE_A, child->env_id,
			      PAGE_B, PU), 0);
		paged_write(me, PAGE_A, 0x91);
		nfree = slots_free;
		slot = fail_to_write(i);
		EXPECT_EQ(paged_at(me, PAGE_A), pp);
		EXPECT_EQ(paged_at(child, PAGE_B), pp);
		EXPECT_EQ(pp->pp_ref, 2);
		EXPECT_EQ(pp->pp_flags, PP_PAGED);
		EXPECT_EQ(PTE_FLAGS(entry_of(child, PAGE_B)), PU);
		EXPECT_EQ(paged_read(child, PAGE_B), 0x91);
		EXPECT_EQ(paged_counts().write_errors, 1);
		EXPECT_EQ(slot_at(slot)->count, SLOT_BAD);
		EXPECT_EQ(slots_free, nfree - 1);
		/* It leaves by another slot. */
		other_slot = paged_out(me, PAGE_A);
		EXPECT(other_slot != slot, "the slot that failed is used");
		EXPECT_COUNTS(0, 1, 0);
		EXPECT_EQ(paged_read(me, PAGE_A), 0x91);
		paged_mend(slot);
		paged_end();
	}
}

/* Freed while it was written, in vain. */
static void
unwritten_page_may_be_freed(void)
{
	uint32_t slot, frames;
	struct PageInfo *pp;

	paged_begin();
	pp = paged_new(me, PAGE_A);
	frames = count_free();
	paged_hold();
	disk_fails(true);
	paged_start_out(pp);
	slot = paged_slot(me, PAGE_A);
	page_remove(me->env_pgdir, (void *)PAGE_A);
	finish_in_vain();
	paged_release();
	EXPECT_EQ(pp->pp_state, PG_FREE);
	EXPECT_EQ(count_free(), frames + 1);
	EXPECT_EQ(slot_at(slot)->count, SLOT_BAD);
	paged_mend(slot);
	paged_end();
}

/* --- Reads --------------------------------------------------------------- */

static void
fault_again(void *arg)
{
	struct Trapframe tf = { .tf_eip = UTEXT, .tf_esp = USTACKTOP };

	(void)arg;
	cons_muted = true;
	swap_fault(&tf, PAGE_A);
}

static void
only_the_readers_end(void)
{
	uint32_t slot, far_slot, frames, nfree = slots_free;
	struct Env *reader, *bystander;

	paged_begin();
	reader = make_env();
	env_set_status(reader, ENV_NOT_RUNNABLE);
	EXPECT_EQ(ASK(reader, SYS_page_alloc, 0, PAGE_A, PUW), 0);
	EXPECT_EQ(page_insert(child->env_pgdir, paged_at(reader, PAGE_A),
			      (void *)PAGE_B, PUW), 0);
	paged_write(child, PAGE_B, 0xD1);
	paged_new(me, PAGE_FAR);
	paged_write(me, PAGE_FAR, 0xD2);
	slot = paged_out(reader, PAGE_A);
	far_slot = paged_out(me, PAGE_FAR);
	frames = count_free();
	paged_hold();
	disk_fails(true);
	paged_wait(reader, PAGE_A);
	finish_in_vain();
	paged_release();
	EXPECT_EQ(paged_counts().read_errors, 1);
	EXPECT_EQ(count_free(), frames);
	EXPECT_EQ(slot_at(slot)->frame, 0);
	EXPECT_EQ(paged_slot(reader, PAGE_A), slot);
	EXPECT_EQ(reader->env_status, ENV_RUNNABLE);
	env_set_status(reader, ENV_NOT_RUNNABLE);
	bystander = make_env();
	/* It ends at its next try; those that share the page do not. */
	expect_end(reader, fault_again, NULL);
	cons_muted = false;
	EXPECT_EQ(slot_at(slot)->count, 1);
	EXPECT_EQ(paged_slot(me, PAGE_FAR), far_slot);
	EXPECT_EQ(paged_read(me, PAGE_FAR), 0xD2);
	/* The disk works again. */
	EXPECT_EQ(paged_read(child, PAGE_B), 0xD1);
	EXPECT_EQ(slots_free, nfree - 2);
	env_free(bystander);
	paged_end();
}

/* In a check, and in the monitor, nothing waits. */
static void
reader_may_not_wait(void)
{
	struct Env *reader, *bystander;
	uint32_t slot;

	paged_begin();
	bystander = make_env();
	reader = make_env();
	env_set_status(reader, ENV_NOT_RUNNABLE);
	EXPECT_EQ(ASK(reader, SYS_page_alloc, 0, PAGE_A, PUW), 0);
	slot = paged_out(reader, PAGE_A);
	EXPECT_EQ(slot_at(slot)->count, 1);
	disk_fails(true);
	expect_end(reader, fault_again, NULL);
	disk_fails(false);
	cons_muted = false;
	/* Nothing refers to the slot now, and nothing may be written to it. */
	EXPECT_EQ(slot_at(slot)->count, SLOT_BAD);
	paged_mend(slot);
	env_free(bystander);
	paged_end();
}

const struct check own_swap_fail_checks[] = {
	LONG_OWN(SWAP, unwritten_page_stays, "write_failed",
		 "a page that cannot be written stays, and its slot is not"
		 " used again"),
	LONG_OWN(SWAP, unwritten_page_may_be_freed, "write_failed",
		 "a page freed while it is written, in vain, is freed once"),
	LONG_OWN(SWAP, only_the_readers_end, "read_ended",
		 "a page that cannot be read ends those that need it, and no"
		 " others"),
	LONG_OWN(SWAP, reader_may_not_wait, "get_page",
		 "a page that cannot be read ends its reader, where nothing"
		 " waits, too"),
	CHECK_TABLE_END
};
