/*
 * Checks of pages that leave memory: what is written, that nothing is lost, and
 * in which order.
 */

#include <inc/error.h>
#include <inc/string.h>
#include <inc/x86.h>
#include <kern/check/own/paged.h>
#include <kern/elf.h>
#include <kern/env.h>
#include <kern/hooks.h>
#include <kern/pgfault.h>

#define XSTACK	(UXSTACKTOP - PGSIZE)

/* --- What is written ----------------------------------------------------- */

static void
clean_page_is_not_written(void)
{
	uint32_t slot, i;

	paged_begin();
	paged_new(me, PAGE_A);
	paged_write(me, PAGE_A, 7);
	slot = paged_out(me, PAGE_A);
	EXPECT_COUNTS(0, 1, 0);
	EXPECT_EQ(disk_byte(slot), 7);
	/* If it were written again, the disk would lose this. */
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(paged_read(me, PAGE_A), 7 + i);
		disk_set_byte(slot, 8 + i);
		EXPECT_EQ(paged_out(me, PAGE_A), slot);
		EXPECT_EQ(disk_byte(slot), 8 + i);
		EXPECT_COUNTS(1, 0, 1);
	}
	paged_end();
}

static void
written_page_is_written(void)
{
	uint32_t slot;

	paged_begin();
	/* Never used at all, its contents are nowhere else. */
	paged_new(me, PAGE_A);
	slot = paged_out(me, PAGE_A);
	EXPECT_COUNTS(0, 1, 0);
	EXPECT_EQ(disk_byte(slot), 0);
	paged_write(me, PAGE_A, 8);
	EXPECT_EQ(paged_out(me, PAGE_A), slot);
	EXPECT_COUNTS(1, 1, 0);
	EXPECT_EQ(disk_byte(slot), 8);
	EXPECT_EQ(paged_read(me, PAGE_A), 8);
	/* Clean again. */
	EXPECT_EQ(paged_out(me, PAGE_A), slot);
	EXPECT_COUNTS(1, 0, 1);
	paged_end();
}

/* Every byte comes back, of several pages in any order. */
static void
contents_come_back(void)
{
	static const uint32_t order[] = { 3, 0, 2, 4, 1 };
	struct PageInfo *pp;
	uint32_t i, k, *word;

	paged_begin();
	for (i = 0; i < ARRAY_SIZE(order); i++) {
		pp = paged_new(me, PAGE_A + i * PGSIZE);
		word = page2kva(pp);
		for (k = 0; k < PGSIZE / 4; k++)
			word[k] = i * 0x10001 + k * 0x1003;
		paged_start_out(pp);
	}
	paged_finish();
	for (i = 0; i < ARRAY_SIZE(order); i++) {
		paged_in(me, PAGE_A + order[i] * PGSIZE);
		word = page2kva(paged_at(me, PAGE_A + order[i] * PGSIZE));
		for (k = 0; k < PGSIZE / 4; k++)
			EXPECT_EQ(word[k], order[i] * 0x10001 + k * 0x1003);
	}
	paged_end();
}

/* --- D belongs to a mapping ---------------------------------------------- */

/* Share my clean page at PAGE_A, which has a slot, with the child at PAGE_FAR. */
static uint32_t
share_clean_page(void)
{
	uint32_t slot;

	paged_new(me, PAGE_A);
	slot = paged_out(me, PAGE_A);
	EXPECT_EQ(paged_read(me, PAGE_A), 0);
	EXPECT_EQ(ASK(me, SYS_page_map, 0, PAGE_A, child->env_id, PAGE_FAR,
		      PUW), 0);
	paged_counts();
	return slot;
}

/* The page must be written, with this first byte. */
static void
expect_written_out(uint32_t slot, uint8_t value)
{
	EXPECT_EQ(paged_out(me, PAGE_A), slot);
	EXPECT_COUNTS(0, 1, 0);
	EXPECT_EQ(disk_byte(slot), value);
	EXPECT_EQ(paged_read(me, PAGE_A), value);
	paged_counts();
}

static void
write_through_another_mapping(void)
{
	uint32_t slot;

	paged_begin();
	slot = share_clean_page();
	paged_write(child, PAGE_FAR, 1);
	expect_written_out(slot, 1);
	EXPECT_EQ(paged_read(child, PAGE_FAR), 1);
	EXPECT_EQ(paged_out(me, PAGE_A), slot);
	EXPECT_COUNTS(0, 0, 1);
	/* The other way round. */
	EXPECT_EQ(paged_read(child, PAGE_FAR), 1);
	paged_write(me, PAGE_A, 2);
	paged_counts();
	expect_written_out(slot, 2);
	paged_end();
}

/* Each ends the mapping of the child, which has written. */
static void
by_unmapping(void)
{
	EXPECT_EQ(ASK(me, SYS_page_unmap, child->env_id, PAGE_FAR), 0);
}

static void
by_another_page(void)
{
	EXPECT_EQ(ASK(me, SYS_page_alloc, child->env_id, PAGE_FAR, PUW), 0);
}

static void
by_its_end(void)
{
	env_free(child);
	child = new_env(me->env_id);
}

static void
by_other_permissions(void)
{
	EXPECT_EQ(ASK(child, SYS_page_map, 0, PAGE_FAR, 0, PAGE_FAR, PU), 0);
}

static void
write_of_a_mapping_that_is_gone(void)
{
	static void (*const ends[])(void) = {
		by_unmapping, by_another_page, by_its_end,
		by_other_permissions,
	};
	uint32_t slot;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		paged_begin();
		slot = share_clean_page();
		paged_write(child, PAGE_FAR, 0x31);
		ends[i]();
		expect_written_out(slot, 0x31);
		paged_end();
	}
}

/* The last one to have a copy-on-write page gets it without a copy. */
static void
write_before_cow_ends(void)
{
	uint32_t slot;

	paged_begin();
	paged_new(me, PAGE_A);
	slot = paged_out(me, PAGE_A);
	paged_write(me, PAGE_A, 0x41);
	EXPECT_EQ(ASK(me, SYS_cow_range, child->env_id, 0, UTOP), 0);
	env_free(child);
	child = new_env(me->env_id);
	EXPECT_EQ(ASK(me, SYS_cow_page, PAGE_A), 0);
	paged_counts();
	expect_written_out(slot, 0x41);
	paged_end();
}

/* A page whose D the program has cleared, to see writes (lib/dirty). */
static void
write_before_d_is_cleared(void)
{
	uint32_t slot;

	paged_begin();
	paged_new(me, PAGE_A);
	slot = paged_out(me, PAGE_A);
	paged_write(me, PAGE_A, 0x51);
	EXPECT_EQ(ASK(me, SYS_page_map, 0, PAGE_A, 0, PAGE_A, PUW), 0);
	EXPECT_EQ(entry_of(me, PAGE_A) & PTE_D, 0);
	paged_counts();
	expect_written_out(slot, 0x51);
	/* It still sees which pages were written: across the disk, too. */
	EXPECT_EQ(entry_of(me, PAGE_A) & PTE_D, 0);
	paged_write(me, PAGE_A, 0x52);
	paged_out(me, PAGE_A);
	EXPECT_EQ(paged_read(me, PAGE_A), 0x52);
	EXPECT_EQ(entry_of(me, PAGE_A) & PTE_D, PTE_D);
	paged_end();
}

/* --- The frame of a page fault, written through the window --------------- */

static struct Trapframe fault;

static void
deliver(void *arg)
{
	(void)arg;
	cli();				/* as in a trap */
	pgfault_upcall(&fault, 0);
}

static void
write_through_the_window(void)
{
	uint32_t slot;

	paged_begin();
	paged_new(me, XSTACK);
	slot = paged_out(me, XSTACK);
	me->env_pgfault_upcall = (void *)UTEXT;
	fault = (struct Trapframe) { .tf_eip = 0x1234, .tf_esp = USTACKTOP };
	/* The stack is on disk: the fault is to occur again. */
	as_program(me, deliver, NULL);
	EXPECT_EQ(fault.tf_eip, 0x1234);
	EXPECT_COUNTS(1, 1, 0);
	as_program(me, deliver, NULL);
	EXPECT_EQ(fault.tf_eip, UTEXT);
	EXPECT_EQ(fault.tf_esp, UXSTACKTOP - sizeof(struct UTrapframe));
	EXPECT_EQ(paged_out(me, XSTACK), slot);
	EXPECT_COUNTS(0, 1, 0);
	paged_in(me, XSTACK);
	EXPECT_EQ(((struct UTrapframe *)((char *)page2kva(paged_at(me, XSTACK))
					 + PGSIZE))[-1].utf_eip, 0x1234);
	paged_end();
}

/* --- Entries ------------------------------------------------------------- */

static void
permissions_are_kept(void)
{
	static const uint32_t perms[] = {
		PU, PUW, PU | PTE_COW, PUW | PTE_SHARE, PU | PTE_SHARE,
		PUW | 0x200, PU | PTE_AVAIL, PUW | PTE_AVAIL,
	};
	uint32_t slot;
	size_t i;

	paged_begin();
	for (i = 0; i < ARRAY_SIZE(perms); i++) {
		EXPECT_EQ(ASK(me, SYS_page_alloc, 0, PAGE_A, perms[i]), 0);
		slot = paged_out(me, PAGE_A);
		EXPECT_EQ(entry_of(me, PAGE_A),
			  slot << PGSHIFT | (perms[i] & ~PTE_P));
		EXPECT_EQ(slot_at(slot)->count, 1);
		EXPECT_EQ(slot_at(slot)->frame, 0);
		paged_in(me, PAGE_A);
		EXPECT_EQ(PTE_FLAGS(entry_of(me, PAGE_A)), perms[i]);
	}
	paged_end();
}

/* A page of four mappings, at three addresses, in two environments. */
static void
map_four(struct PageInfo **pp)
{
	*pp = paged_new(me, PAGE_A);
	EXPECT_EQ(ASK(me, SYS_page_map, 0, PAGE_A, 0, PAGE_FAR, PU), 0);
	EXPECT_EQ(ASK(me, SYS_page_map, 0, PAGE_A, child->env_id, PAGE_A,
		      PUW), 0);
	EXPECT_EQ(ASK(me, SYS_page_map, 0, PAGE_A, child->env_id, PAGE_B,
		      PUW | 0x200), 0);
}

static void
expect_four_out(uint32_t slot)
{
	EXPECT_EQ(slot_at(slot)->count, 4);
	EXPECT_EQ(entry_of(me, PAGE_A), slot << PGSHIFT | PTE_U | PTE_W);
	EXPECT_EQ(entry_of(me, PAGE_FAR), slot << PGSHIFT | PTE_U);
	EXPECT_EQ(entry_of(child, PAGE_A), slot << PGSHIFT | PTE_U | PTE_W);
	EXPECT_EQ(entry_of(child, PAGE_B),
		  slot << PGSHIFT | PTE_U | PTE_W | 0x200);
}

static void
all_mappings_leave(void)
{
	struct PageInfo *pp;
	uint32_t slot;

	paged_begin();
	map_four(&pp);
	paged_write(child, PAGE_B, 0x61);
	slot = paged_out(me, PAGE_A);
	expect_four_out(slot);
	EXPECT_EQ(pp->pp_state, PG_FREE);
	EXPECT_EQ(paged_read(me, PAGE_FAR), 0x61);
	pp = paged_at(me, PAGE_FAR);
	EXPECT_EQ(pp->pp_ref, 4);
	EXPECT_EQ(paged_at(me, PAGE_A), pp);
	EXPECT_EQ(paged_at(child, PAGE_A), pp);
	EXPECT_EQ(paged_at(child, PAGE_B), pp);
	EXPECT_EQ(PTE_FLAGS(entry_of(child, PAGE_B)), PUW | 0x200);
	EXPECT_EQ(slot_at(slot)->count, 0);
	paged_out(me, PAGE_A);
	expect_four_out(slot);
	paged_end();
}

/* An entry that names a slot, with the number of the frame. */
static void
slot_is_no_frame(void)
{
	struct PageInfo *pp;
	pte_t other_entry;

	paged_begin();
	pp = paged_new(me, PAGE_A);
	EXPECT_EQ(ASK(me, SYS_page_map, 0, PAGE_A, child->env_id, PAGE_FAR,
		      PUW), 0);
	other_entry = (pp - pages) << PGSHIFT | PTE_U;
	set_entry_of(me, PAGE_C, other_entry);
	paged_out(me, PAGE_A);
	EXPECT_EQ(entry_of(me, PAGE_C), other_entry);
	set_entry_of(me, PAGE_C, 0);
	EXPECT_EQ(paged_slot(child, PAGE_FAR), paged_slot(me, PAGE_A));
	paged_end();
}

/* The record of a frame names a mapping that has gone, or has been moved. */
static void
hints_may_be_wrong(void)
{
	struct PageInfo *pp;
	uint32_t slot;

	paged_begin();
	pp = paged_new(me, PAGE_A);
	EXPECT_EQ(ASK(me, SYS_page_map, 0, PAGE_A, child->env_id, PAGE_FAR,
		      PUW), 0);
	EXPECT_EQ(ASK(me, SYS_page_unmap, 0, PAGE_A), 0);
	/* Another page at the old place. */
	paged_new(me, PAGE_A);
	paged_write(child, PAGE_FAR, 0x71);
	paged_start_out(pp);
	paged_finish();
	slot = paged_slot(child, PAGE_FAR);
	EXPECT(entry_of(me, PAGE_A) & PTE_P, "another page has left");
	EXPECT_EQ(slot_at(slot)->count, 1);
	EXPECT_EQ(paged_read(child, PAGE_FAR), 0x71);
	/* The environment of the first mapping has ended. */
	pp = paged_at(child, PAGE_FAR);
	EXPECT_EQ(ASK(me, SYS_page_map, child->env_id, PAGE_FAR, 0, PAGE_C,
		      PUW), 0);
	env_free(child);
	paged_start_out(pp);
	paged_finish();
	EXPECT_EQ(paged_slot(me, PAGE_C), slot);
	EXPECT_EQ(paged_read(me, PAGE_C), 0x71);
	child = new_env(me->env_id);
	paged_end();
}

static void
leave_while_mapped(void *arg)
{
	(void)peek(PAGE_A);
	poke(PAGE_FAR, 1);
	paged_hold();
	paged_start_out(arg);
	paged_release();
	/* Stale translations would still show the frame. */
	EXPECT_THAT(poke_faults(PAGE_A) && poke_faults(PAGE_FAR),
		    "no translation of the page", "a write succeeds");
	paged_finish();
}

static void
translations_leave_first(void)
{
	paged_begin();
	paged_new(me, PAGE_A);
	EXPECT_EQ(ASK(me, SYS_page_map, 0, PAGE_A, 0, PAGE_FAR, PUW), 0);
	as_program(me, leave_while_mapped, paged_at(me, PAGE_A));
	EXPECT_EQ(paged_read(me, PAGE_A), 1);
	paged_end();
}

static void
leave_alone(void *arg)
{
	poke(PAGE_A, 0x23);
	paged_hold();
	paged_start_out(arg);
	paged_release();
	EXPECT_THAT(poke_faults(PAGE_A), "no translation of the page",
		    "a write succeeds");
	paged_finish();
}

static void
translation_leaves_first(void)
{
	paged_begin();
	as_program(me, leave_alone, paged_new(me, PAGE_A));
	EXPECT_EQ(paged_read(me, PAGE_A), 0x23);
	paged_end();
}

/* --- While it is written ------------------------------------------------- */

static void
touched_page_returns(void)
{
	struct PageInfo *pp;
	uint32_t slot;

	paged_begin();
	pp = paged_new(me, PAGE_A);
	EXPECT_EQ(ASK(me, SYS_page_map, 0, PAGE_A, child->env_id, PAGE_B,
		      PUW), 0);
	paged_write(me, PAGE_A, 0x11);
	paged_hold();
	paged_start_out(pp);
	slot = paged_slot(me, PAGE_A);
	EXPECT_EQ(slot_at(slot)->frame, pp - pages);
	EXPECT_EQ(swapio_writes, 1);
	paged_in(child, PAGE_B);
	EXPECT_EQ(swapio_writes, 1);
	EXPECT_EQ(paged_at(me, PAGE_A), pp);
	EXPECT_EQ(pp->pp_ref, 2);
	EXPECT_EQ(slot_at(slot)->count, 0);
	EXPECT_EQ(paged_counts().returned, 1);
	paged_finish();
	paged_release();
	EXPECT_EQ(pp->pp_flags, PP_PAGED);
	EXPECT_EQ(slot_at(slot)->frame, pp - pages);
	/* It is clean, */
	EXPECT_EQ(paged_out(me, PAGE_A), slot);
	EXPECT_COUNTS(0, 0, 1);
	EXPECT_EQ(paged_read(me, PAGE_A), 0x11);
	/* unless it was written since. */
	paged_write(me, PAGE_A, 0x12);
	paged_hold();
	paged_start_out(paged_at(me, PAGE_A));
	paged_in(me, PAGE_A);
	paged_release();
	paged_write(me, PAGE_A, 0x13);
	paged_finish();
	EXPECT_EQ(paged_out(me, PAGE_A), slot);
	EXPECT_EQ(disk_byte(slot), 0x13);
	paged_end();
}

/* It may not leave while its write is under way, by any policy. */
static void
page_leaves_once(void)
{
	const struct policy *p;
	struct PageInfo *pp;

	paged_begin();
	for (p = policies; p->name; p++) {
		pp = paged_new(me, PAGE_A);
		paged_hold();
		paged_start_out(pp);
		paged_in(me, PAGE_A);
		curenv = me;
		swap_call_ended();	/* nothing else keeps it */
		curenv = NULL;
		policy = p;
		swap_limit = 1;
		paged_note();
		swap_limit = 0;
		EXPECT_THAT(entry_of(me, PAGE_A) & PTE_P, "a page whose write"
			    " has not ended stays", "it leaves, by %s",
			    p->name);
		EXPECT_EQ(swapio_writes, 1);
		paged_finish();
		paged_release();
	}
	paged_end();
}

static void
page_in_transfer_is_freed_later(void)
{
	uint32_t i, slot, nfree, frames;
	struct PageInfo *pp;

	for (i = 0; i < 2; i++) {
		paged_begin();
		nfree = slots_free;
		pp = paged_new(me, PAGE_A);
		frames = count_free();
		paged_hold();
		paged_start_out(pp);
		slot = paged_slot(me, PAGE_A);
		if (i)
			paged_in(me, PAGE_A);	/* it has returned */
		/* A system call would let interrupts in. */
		page_remove(me->env_pgdir, (void *)PAGE_A);
		EXPECT_EQ(entry_of(me, PAGE_A), 0);
		EXPECT_EQ(pp->pp_state, PG_USED);
		EXPECT_EQ(pp->pp_ref, 0);
		EXPECT_EQ(count_free(), frames);
		EXPECT_EQ(slots_free, nfree - 1);
		EXPECT_EQ(slot_at(slot)->frame, pp - pages);
		EXPECT_EQ(resident_count, 0);
		paged_finish();
		paged_release();
		EXPECT_EQ(pp->pp_state, PG_FREE);
		EXPECT_EQ(pp->pp_flags, 0);
		EXPECT_EQ(count_free(), frames + 1);
		EXPECT_EQ(slots_free, nfree);
		paged_end();
	}
}

/* --- Too few slots ------------------------------------------------------- */

/* Take all slots but n, for paged_give_slots. */
static void
leave_slots(uint32_t n)
{
	while (slots_free > n)
		EXPECT(slot_get(slot_alloc(1)), "a count of 1 is refused");
}

static void
slots_run_out(void)
{
	const void *binary;
	struct Env *e;
	uintptr_t va;
	uint32_t slot;

	paged_begin();
	paged_new(me, PAGE_A);
	paged_write(me, PAGE_A, 0xA1);
	slot = paged_out(me, PAGE_A);
	EXPECT_EQ(paged_read(me, PAGE_A), 0xA1);
	paged_new(me, PAGE_B);
	paged_write(me, PAGE_B, 0xB1);
	leave_slots(0);
	/* A page in memory gives up its slot. */
	EXPECT_EQ(paged_out(me, PAGE_B), slot);
	EXPECT_EQ(paged_read(me, PAGE_A), 0xA1);
	EXPECT_EQ(resident_slot(paged_at(me, PAGE_A) - pages), 0);
	/* None has one: a page that would have to be written stays. */
	paged_start_out(paged_at(me, PAGE_A));
	EXPECT_EQ(swapio_writes, 0);
	EXPECT_EQ(paged_read(me, PAGE_A), 0xA1);
	EXPECT_EQ(resident_count, 1);
	/* But a page of a file leaves, although the other one is older. */
	e = paged_program(&binary);
	va = elf_entry(binary);
	paged_read(e, va);
	curenv = e;
	swap_call_ended();		/* e does not need it any more */
	curenv = NULL;
	policy_choose("fifo");
	resident_hand = paged_at(me, PAGE_A) - pages;
	swap_set_limit(resident_count - 1);
	swap_set_limit(0);
	EXPECT_EQ(entry_of(e, va) & (PTE_P | PTE_FILE), PTE_FILE);
	EXPECT_EQ(paged_read(me, PAGE_A), 0xA1);
	env_free(e);
	EXPECT_EQ(paged_read(me, PAGE_B), 0xB1);
	paged_give_slots();
	paged_end();
}

/* --- The reserve --------------------------------------------------------- */

static uint32_t faults_told;

static void
count_fault(void)
{
	faults_told++;
}

/* The disk is busy: what waits for that is tried again, and is nothing new. */
static void
waiting_fault_is_one(void)
{
	struct policy counting = { "counting", policies->victim, count_fault };
	uint32_t i;

	paged_begin();
	for (i = 0; i < MAX_WRITES + 8; i++)
		paged_new(me, PAGE_A + i * PGSIZE);
	paged_hold();
	policy_choose("fifo");
	swap_set_limit(8);
	EXPECT_EQ(swapio_writes, MAX_WRITES);
	policy_choose("random");
	policy_seed = 5;
	swap_set_limit(7);
	EXPECT_EQ(resident_count, 8);
	EXPECT_EQ(policy_seed, 5);
	swap_set_limit(8);
	policy = &counting;
	faults_told = 0;
	paged_read(me, PAGE_A);
	EXPECT_EQ(faults_told, 1);
	paged_read(me, PAGE_A + PGSIZE);
	EXPECT_EQ(faults_told, 2);
	policy = policies;
	paged_release();
	swap_set_limit(0);
	paged_end();
}

static void
writes_are_bounded(void)
{
	uint32_t i, n = MAX_WRITES + 8, out = 0;

	paged_begin();
	for (i = 0; i < n; i++)
		paged_new(me, PAGE_A + i * PGSIZE);
	paged_hold();
	policy_choose("fifo");
	swap_set_limit(1);
	swap_set_limit(0);
	EXPECT_EQ(swapio_writes, MAX_WRITES);
	EXPECT_EQ(resident_count, 8);
	for (i = 0; i < n; i++)
		out += !(entry_of(me, PAGE_A + i * PGSIZE) & PTE_P);
	EXPECT_EQ(out, MAX_WRITES);
	paged_finish();
	paged_release();
	EXPECT_EQ(swapio_writes, 0);
	paged_end();
}

/* More pages than may be given before the kernel looks at the reserve. */
static void
note_many(void)
{
	uint32_t i;

	for (i = 0; i < 2 * npages; i++)
		paged_note();
}

static void
reserve_is_kept(void)
{
	uint32_t low = MAX(MIN(npages / 512, 64U), 8U), i, n = low + 8;
	struct PageInfo *others;

	paged_begin();
	for (i = 0; i < n; i++) {
		paged_new(me, PAGE_A + i * PGSIZE);
		paged_start_out(paged_at(me, PAGE_A + i * PGSIZE));
		paged_finish();
	}
	/* Clean pages, which leave without a transfer. */
	for (i = 0; i < n; i++)
		paged_in(me, PAGE_A + i * PGSIZE);
	paged_counts();
	others = leave_frames(low);
	note_many();
	EXPECT_EQ(count_free(), low);
	EXPECT_COUNTS(0, 0, 0);
	give_free_list(others);
	others = leave_frames(low - 1);
	note_many();
	EXPECT_EQ(count_free(), 2 * low);
	EXPECT_COUNTS(0, 0, low + 1);
	give_free_list(others);
	paged_end();
}

/* As outside of a check. */
static void
reclaim(void *n)
{
	cli();
	hooks.checking = false;
	swap_reclaim((uintptr_t)n);
}

static void
reclaim_frames(uint32_t n)
{
	struct guard_report r;

	guarded(reclaim, (void *)n, &r);
	EXPECT_THAT(r.how == GUARD_OK, "swap_reclaim returns", "another end");
}

static void
frames_are_reclaimed(void)
{
	struct PageInfo *others;
	uint32_t i;

	paged_begin();
	for (i = 0; i < 4; i++)
		paged_new(me, PAGE_A + i * PGSIZE);
	paged_hold();
	others = leave_frames(1);
	reclaim_frames(1);
	EXPECT_EQ(resident_count, 4);
	reclaim_frames(3);
	EXPECT(count_free() >= 3, "frames are missing");
	/* More than there is: it gives up. */
	reclaim_frames(100);
	EXPECT_EQ(resident_count, 0);
	EXPECT_EQ(count_free(), 5);
	paged_release();
	give_free_list(others);
	for (i = 0; i < 4; i++)
		EXPECT_EQ(paged_read(me, PAGE_A + i * PGSIZE), 0);
	paged_end();
}

const struct check own_evict_checks[] = {
	LONG_OWN(SWAP, clean_page_is_not_written, "evict",
		 "a page whose contents are on disk is not written again"),
	LONG_OWN(SWAP, written_page_is_written, "evict",
		 "a page is written if its contents are nowhere else"),
	LONG_OWN(SWAP, contents_come_back, "swapio_start",
		 "each page comes back with its own contents"),
	LONG_OWN(SWAP, write_through_another_mapping, "must_write",
		 "D belongs to a mapping: a write through another one is not"
		 " lost"),
	LONG_OWN(SWAP, write_of_a_mapping_that_is_gone,
		 "resident_lost_mapping",
		 "D belongs to a mapping: a write through one that has gone"
		 " is not lost"),
	LONG_OWN(SWAP, write_before_cow_ends, "resident_lost_mapping",
		 "cow_copy: a write before the page was shared is not lost"),
	LONG_OWN(SWAP, write_before_d_is_cleared, "resident_lost_mapping",
		 "page_insert: a program may clear D, and the write is not"
		 " lost"),
	LONG_OWN(SWAP, write_through_the_window, "frame_in_window",
		 "pgfault_upcall: the frame on the exception stack is not"
		 " lost"),
	LONG_OWN(SWAP, permissions_are_kept, "evict",
		 "an entry of a page on disk has the page's permissions"),
	LONG_OWN(SWAP, all_mappings_leave, "mappers_visit",
		 "all entries of a page name its slot; all map it when it"
		 " comes back"),
	LONG_OWN(SWAP, slot_is_no_frame, "mappers_visit",
		 "an entry that names a slot maps no frame of that number"),
	LONG_OWN(SWAP, hints_may_be_wrong, "mappers_one",
		 "a page is found by its mappings, wherever they are now"),
	LONG_OWN(SWAP, translations_leave_first, "take_entry",
		 "S2: after its entries, all translations of a page are gone"),
	LONG_OWN(SWAP, translation_leaves_first, "take_entry",
		 "S2: after its entry, the translation of a page is gone"),
	LONG_OWN(SWAP, touched_page_returns, "bring_in",
		 "a page on its way to disk comes back without a read"),
	LONG_OWN(SWAP, page_leaves_once, "allowed",
		 "a page that is being written does not leave again"),
	LONG_OWN(SWAP, page_in_transfer_is_freed_later, "write_ended",
		 "a page freed while it is written is freed once, after the"
		 " write"),
	LONG_OWN(SWAP, slots_run_out, "slot_for",
		 "with all slots in use, pages that need none still leave,"
		 " and the others stay"),
	LONG_OWN(SWAP, writes_are_bounded, "swapio_can",
		 "MAX_WRITES pages are written at a time, and the others"
		 " stay"),
	LONG_OWN(SWAP, waiting_fault_is_one, "swapio_can",
		 "a fault that waits for a frame is tried again: for the"
		 " policy it is the same fault, and the same victim"),
	LONG_OWN(SWAP, reserve_is_kept, "refill",
		 "below the low mark, pages leave until the high mark is"
		 " reached"),
	LONG_OWN(SWAP, frames_are_reclaimed, "swap_reclaim",
		 "swap_reclaim gets the frames, or all that can be had"),
	CHECK_TABLE_END
};
