/*
 * Bringing a page into memory: (1) take a frame, (2) copy the page from the disk
 * into it, (3) point its entries at it, (4) let the instruction run again. The
 * program waits from (1) to (3), and others run.
 *
 * Not its job: the waiting (swap.c).
 */

#include <inc/stdio.h>
#include <kern/dev/console.h>
#include <kern/env.h>
#include <kern/evict.h>
#include <kern/filepage.h>
#include <kern/mappers.h>
#include <kern/pagein.h>
#include <kern/queue.h>
#include <kern/reftrace.h>
#include <kern/reserve.h>
#include <kern/slot.h>
#include <kern/swapio.h>
#include <kern/swapstate.h>
#include <kern/turn.h>

/* Which of the two if there is no frame. */
static enum outcome
without_frame(void)
{
	if (swapio_reads + swapio_writes)
		return WAIT_FOR_FRAME;
	return curenv && turn.id != curenv->env_id ? WAIT_FOR_FRAME : NO_FRAME;
}

static void
put_entry(pte_t *pte, uint32_t where, void *arg)
{
	const struct PageInfo *pp = arg;
	struct resident *r = resident_at(pp - pages);

	*pte = page2pa(pp) | (*pte & evict_kept_bits(where)) | PTE_P;
	r->pte = pte;
	r->where = where;
}

/*
 * The place of the fault that the policy was told of last, until the page comes
 * in. A fault that waits for a frame is tried again, and is one fault.
 */
#define NOWHERE		UINT32_MAX	/* no user address */
static uint32_t told = NOWHERE;

static void
before_load(uint32_t where)
{
	if (where != told)
		reserve_before_load();
	told = where;
}

/* Record that frame n has entered the ring, because a program touched it. */
static void
note_use(ppn_t n)
{
	told = NOWHERE;
	if (unlikely(resident_traced))
		reftrace_use(resident_at(n)->where);
}

/*
 * Point all entries that name a slot at frame n, which has or will have its
 * contents. `where` is the likely place of one.
 */
static void
put_in(uint32_t slot, ppn_t n, uint32_t where)
{
	uint16_t busy = pages[n].pp_flags & PP_BUSY;
	struct slot *s = slot_at(slot);

	resident_add(n, where);
	mappers_visit(names_slot(slot), where, s->count, put_entry, &pages[n]);
	note_use(n);
	pages[n].pp_ref = s->count;
	resident_at(n)->home = slot;
	pages[n].pp_flags |= busy;
	s->count = 0;
	s->frame = n;
}

/* Load a page of a program's file. */
static enum outcome
load_file_page(pte_t *pte, uint32_t where)
{
	struct PageInfo *pp = reserve_frame();
	struct resident *r;
	ppn_t n;

	if (!pp)
		return without_frame();
	n = pp - pages;
	filepage_read(PGNUM(*pte), page2kva(pp));
	pp->pp_ref++;
	if (resident_listing) {
		resident_add(n, where);
		note_use(n);
		r = resident_at(n);
		r->pte = pte;
		r->home = PGNUM(*pte);
		r->home_is_file = 1;
	}
	*pte = page2pa(pp) | (*pte & PTE_SYSCALL) | PTE_P;
	swap_counts.file_loads++;
	return IS_IN;
}

/* Start to read a slot into a frame. */
static enum outcome
read_slot(uint32_t slot)
{
	struct PageInfo *pp;

	if (!swapio_can(false))
		return WAIT_FOR_FRAME;
	pp = reserve_frame();
	if (!pp)
		return without_frame();
	pp->pp_flags = PP_BUSY | PP_FILLING;
	slot_at(slot)->frame = pp - pages;
	swapio_start(false, slot, pp - pages);
	swap_counts.page_ins++;
	return WAIT_FOR_IT;
}

enum outcome
pagein(pte_t *pte, uint32_t where)
{
	uint32_t slot = PGNUM(*pte);
	ppn_t n;

	if (!(*pte & PTE_FILE) && (n = slot_at(slot)->frame)) {
		if (pages[n].pp_flags & PP_FILLING)
			return WAIT_FOR_IT;
		/*
		 * It is on its way to the disk, but still here. If its frame is
		 * what another environment waits for, it gets it first: else
		 * the two would take it from each other for ever.
		 */
		if (turn_waits_for_frame())
			return WAIT_FOR_FRAME;
		before_load(where);
		if (!reserve_make_room())
			return without_frame();
		put_in(slot, n, where);
		swap_counts.returned++;
		return IS_IN;
	}
	before_load(where);
	return *pte & PTE_FILE ? load_file_page(pte, where) : read_slot(slot);
}

/* --- The end of a transfer ----------------------------------------------- */

void
pagein_wake(uint32_t slot)
{
	uint32_t n = queue_first(QUEUE_DISK), next;

	for (; n != QUEUE_DISK; n = next) {
		next = queue_after(n);
		if (waits[n].reason == WAIT_FRAME
		    || waits[n].of == (envid_t)slot)
			wait_over(&envs[n]);
	}
}

static void
read_ended(uint32_t slot, struct PageInfo *pp, int error)
{
	uint32_t n = queue_first(QUEUE_DISK), where = 0;

	pp->pp_flags = 0;
	for (; n != QUEUE_DISK; n = queue_after(n))
		if (waits[n].reason == WAIT_PAGE
		    && waits[n].of == (envid_t)slot) {
			where = where_of(n, waits[n].srcva);
			turn_pin(envs[n].env_id, pp - pages);
			if (error)
				env_privates[n].lost_slot = slot;
		}
	slot_note_read(slot, error);
	if (!error && slot_at(slot)->count) {
		put_in(slot, pp - pages, where);
	} else {
		if (error)
			swap_counts.read_errors++;
		slot_release(slot);
		page_free(pp);
	}
	pagein_wake(slot);
}

/* A write failed: the page stays in memory, and the slot is not used again. */
static void
write_failed(uint32_t slot, struct PageInfo *pp)
{
	swap_counts.write_errors++;
	cons_fresh_line();
	cprintf("swap: slot %u cannot be written: its page stays in memory\n",
		slot);
	if (slot_at(slot)->count)
		put_in(slot, pp - pages, 0);
	pp->pp_flags &= ~PP_BUSY;
	slot_set_bad(slot);
	if (pp->pp_flags & PP_PAGED)
		resident_at(pp - pages)->home = 0;
	else
		page_free(pp);
}

static void
write_ended(uint32_t slot, struct PageInfo *pp, int error)
{
	if (error)
		write_failed(slot, pp);
	else {
		pp->pp_flags &= ~PP_BUSY;
		if (!(pp->pp_flags & PP_PAGED)) {
			slot_release(slot);
			page_free(pp);
		}
	}
	pagein_wake(0);
}

void
pagein_transfer_ended(bool write, uint32_t slot, ppn_t frame, int error)
{
	if (write)
		write_ended(slot, &pages[frame], error);
	else
		read_ended(slot, &pages[frame], error);
	/* Too many writes may have been waiting to keep it before. */
	if (swap_limit)
		reserve_keep_limit(swap_limit);
}
