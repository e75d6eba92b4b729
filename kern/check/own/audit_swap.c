/*
 * The audit of paging to disk: slots, and the ring of pages that may leave
 * memory.
 *
 * There may be a million slots, so they are not counted in an array: each entry
 * takes 1 from its slot's count, what remains must be 0, and a second pass puts
 * the counts back.
 */

#include <inc/stdio.h>
#include <kern/check/audit_rules.h>
#include <kern/check/own/audit_swap.h>
#include <kern/env.h>
#include <kern/mappers.h>
#include <kern/pmap.h>
#include <kern/resident.h>
#include <kern/slot.h>
#include <kern/swap.h>

/* Entries that name slots in use were seen: the counts must be put back. */
static bool taken;

void
audit_swap_begin(void)
{
	taken = false;
}

void
audit_absent(pte_t entry, uintptr_t va)
{
	uint32_t slot = PGNUM(entry);

	if (!swap_on || (entry & PTE_FILE))
		return;
	if (slot == 0 || slot > slots_total)
		complain(S1, "the entry 0x%08x, for va 0x%08x, names slot %u"
			 " of %u", entry, va, slot, slots_total);
	else if (slot_at(slot)->count >= SLOT_BAD)
		complain(S1, "the entry 0x%08x, for va 0x%08x, names slot %u,"
			 " which is free or bad", entry, va, slot);
	else {
		slot_at(slot)->count--;
		taken = true;
	}
}

/* Put back what audit_absent has taken. */
static void
put_back(void)
{
	uint32_t n, i, j;
	const pte_t *table;
	pde_t *pgdir;

	for (n = 0; n < NENV; n++) {
		pgdir = where_pgdir(where_of(n, 0));
		for (i = 0; pgdir && i < PDX(UTOP); i++) {
			if (!(pgdir[i] & PTE_P))
				continue;
			table = KADDR(PTE_ADDR(pgdir[i]));
			for (j = 0; j < NPTENTRIES; j++)
				if (table[j] && entry_has_slot(table[j])
				    && slot_at(PGNUM(table[j]))->count
				    != SLOT_BAD
				    && slot_at(PGNUM(table[j]))->count
				    < SLOT_FREE)
					slot_at(PGNUM(table[j]))->count++;
		}
	}
}

static void
audit_slot(uint32_t n)
{
	const struct slot *s = slot_at(n);
	const struct PageInfo *pp = &pages[s->frame];

	if (s->count >= SLOT_BAD)
		return;
	if (s->count)
		complain(S1, "the count of slot %u is off by %d", n,
			 (int)(int16_t)s->count);
	if (!s->frame)
		return;
	if (s->frame >= npages || pp->pp_state != PG_USED)
		complain(S1, "slot %u refers to frame 0x%08x, which is not in"
			 " use", n, s->frame << PGSHIFT);
	else if (pp->pp_flags & PP_PAGED ? resident_slot(s->frame) != n
		 : !(pp->pp_flags & PP_BUSY))
		complain(S1, "slot %u refers to frame 0x%08x, which has"
			 " another home", n, s->frame << PGSHIFT);
}

/* With the counts put back: a slot in use has an entry or a frame. */
static void
audit_leaks(void)
{
	uint32_t n;

	for (n = 1; n <= slots_total; n++)
		if (!slot_at(n)->count && !slot_at(n)->frame)
			complain(S1, "slot %u is lost: not free, and nothing"
				 " refers to it", n);
}

static void
audit_frame_of_ring(ppn_t n)
{
	const struct resident *r = resident_at(n);
	uint32_t slot = resident_slot(n);

	if (!(pages[n].pp_flags & PP_PAGED) || pages[n].pp_state != PG_USED
	    || pages[n].pp_ref == 0)
		complain(S1, "frame 0x%08x is in the ring, but is not a page"
			 " that may leave memory", n << PGSHIFT);
	if (r->pte != &no_entry && (*r->pte & MAPPER_BITS) != maps_frame(n))
		complain(S1, "frame 0x%08x: its entry is said to be %p, which"
			 " holds 0x%08x", n << PGSHIFT, (void *)r->pte,
			 *r->pte);
	if (slot && (slot > slots_total || slot_at(slot)->frame != n))
		complain(S1, "frame 0x%08x has slot %u as its home, but that"
			 " refers to another", n << PGSHIFT, slot);
	if (resident_at(r->next)->prev != n)
		complain(S1, "frame 0x%08x: the ring's links differ",
			 n << PGSHIFT);
}

static void
audit_ring(void)
{
	uint32_t flagged = 0, i;
	ppn_t n;

	if (no_entry)
		complain(S1, "no_entry is 0x%08x, not 0", no_entry);
	for (n = 0; n < npages; n++)
		flagged += (pages[n].pp_flags & PP_PAGED) != 0;
	if (flagged != resident_count)
		complain(S1, "%u frames may leave memory, but the ring counts"
			 " %u", flagged, resident_count);
	n = resident_hand;
	for (i = 0; i < resident_count; i++, n = resident_at(n)->next)
		audit_frame_of_ring(n);
	if (n != resident_hand)
		complain(S1, "the ring has not %u frames", resident_count);
}

void
audit_swap_end(void)
{
	uint32_t n, free = 0, bad = 0;
	const struct slot *s;

	if (!swap_on)
		return;
	for (n = 1; n <= slots_total; n++) {
		s = slot_at(n);
		free += s->count >= SLOT_FREE;
		bad += s->count == SLOT_BAD;
		audit_slot(n);
	}
	if (free != slots_free || bad != slots_bad)
		complain(S1, "%u slots are free and %u bad, but %u and %u are"
			 " counted", free, bad, slots_free, slots_bad);
	if (taken)
		put_back();
	audit_leaks();
	audit_ring();
}
