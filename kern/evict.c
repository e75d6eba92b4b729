/*
 * Taking a page out of memory, in this order (S2): its entries name the slot, no
 * TLB has them any more, their D bits are read, and only then is it written, if
 * it has to be. A page whose contents are on disk already, or in the program's
 * file, is not written. The frame is freed when the write has ended.
 *
 * Not its job: which page leaves (policy.c), and when (reserve.c).
 */

#include <inc/x86.h>
#include <kern/env.h>
#include <kern/evict.h>
#include <kern/filepage.h>
#include <kern/mappers.h>
#include <kern/pmap.h>
#include <kern/policy.h>
#include <kern/slot.h>
#include <kern/swapio.h>
#include <kern/swapstate.h>
#include <kern/turn.h>

/* Set while no slot is free: only pages that need none may leave. */
static bool slots_used_up;

/* What the mappings of a page have in common, and what is to become of them. */
struct leaving {
	uint32_t flags;		/* all bits that any of the entries had */
	uint32_t to;		/* the address part of the new entries */
};

static void
look_at_entry(pte_t *pte, uint32_t where, void *arg)
{
	struct leaving *l = arg;

	(void)where;
	l->flags |= *pte;
}

/* Only some environments look at their pages' D bits. */
uint32_t
evict_kept_bits(uint32_t where)
{
	return (PTE_SYSCALL & ~PTE_P)
		| (env_privates[where_slot(where)].watches_dirty ? PTE_D : 0);
}

/* Entry, then TLB. The processor sets no bit of an entry that is not present. */
static void
take_entry(pte_t *pte, uint32_t where, void *arg)
{
	struct leaving *l = arg;

	l->flags |= xchg(pte, l->to | (*pte & evict_kept_bits(where)));
	tlb_flush_user_page(where_va(where));
}

/* True if the contents of frame n, whose entries have these flags, are nowhere. */
static bool
must_write(ppn_t n, uint32_t flags)
{
	const struct resident *r = resident_at(n);

	if (!(r->home | r->home_is_file) || (flags & PTE_D)
	    || (pages[n].pp_flags & PP_DIRTY))
		return true;
	/* Each mapping would get a copy of its own, and would share no more. */
	return r->home_is_file && (flags & PTE_W)
		&& (pages[n].pp_ref > 1 || (flags & PTE_SHARE));
}

/*
 * True if a page of a program's file has the contents that it has there: then that
 * is its home. It was loaded before the ring was in use.
 */
static bool
is_as_in_file(ppn_t n, uint32_t flags)
{
	struct resident *r = resident_at(n);
	const struct program *p = env_privates[where_slot(r->where)].program;
	uint32_t number;

	if ((flags & (PTE_D | PTE_SHARE)) || (pages[n].pp_flags & PP_DIRTY)
	    || pages[n].pp_ref > 1 || r->home || r->home_is_file || !p
	    || !filepage_number(p, where_va(r->where), &number)
	    || !filepage_is(number, page2kva(&pages[n])))
		return false;
	r->home = number;
	r->home_is_file = 1;
	return true;
}

/* Take a slot from a page in memory that has one, for what is in it, too. */
static bool
free_a_slot(void)
{
	ppn_t n = resident_hand;
	uint32_t i;

	for (i = 0; i < resident_count; i++, n = resident_at(n)->next)
		if (resident_slot(n) && !(pages[n].pp_flags & PP_BUSY)) {
			resident_forget_home(n);
			return true;
		}
	return false;
}

/* Return a slot for frame n to be written to, or 0 if there is none. */
static uint32_t
slot_for(ppn_t n)
{
	uint32_t slot = resident_slot(n);

	if (slot)
		return slot;
	slot = slot_alloc(n);
	if (!slot && free_a_slot())
		slot = slot_alloc(n);
	return slot;
}

/*
 * Take frame n's page out of memory. Returns false, with nothing changed, if it
 * would have to be written and cannot be.
 */
static bool
evict(ppn_t n)
{
	struct leaving l = { .flags = 0 };
	struct PageInfo *pp = &pages[n];
	uint32_t slot = resident_slot(n);
	bool write;

	mappers_of_frame(n, look_at_entry, &l);
	write = must_write(n, l.flags) && !is_as_in_file(n, l.flags);
	if (write && (!swapio_can(true) || !(slot = slot_for(n))))
		return false;
	l.to = slot ? names_slot(slot)
		: (uint32_t)resident_at(n)->home << PGSHIFT | PTE_FILE;
	mappers_of_frame(n, take_entry, &l);
	if (slot)
		slot_at(slot)->count = pp->pp_ref;
	pp->pp_ref = 0;
	swap_last_victim = (struct swap_victim) {
		n, resident_at(n)->where, slot, write, resident_at(n)->age, 0
	};
	resident_remove(n);
	if (write) {
		swap_counts.page_outs++;
		pp->pp_flags = PP_BUSY;
		swapio_start(true, slot, n);
		return true;
	}
	swap_counts.dropped++;
	if (slot)
		slot_at(slot)->frame = 0;
	page_free(pp);
	return true;
}

bool
evict_allowed(ppn_t n)
{
	struct leaving l = { .flags = 0 };

	if ((pages[n].pp_flags & PP_BUSY) || turn_keeps(n))
		return false;
	if (likely(!slots_used_up))
		return true;
	mappers_of_frame(n, look_at_entry, &l);
	return !must_write(n, l.flags);
}

bool
evict_one(void)
{
	uint32_t looks = policy_looks, seed = policy_seed;
	ppn_t n = policy->victim();
	bool gone = n && evict(n);

	if (gone)
		swap_last_victim.looks = policy_looks - looks;
	/* It will be tried again: then the choice is to be the same. */
	if (!gone)
		policy_seed = seed;
	if (!n || gone || !swapio_can(true))
		return gone;
	slots_used_up = true;
	n = policy->victim();
	gone = n && evict(n);
	slots_used_up = false;
	return gone;
}
