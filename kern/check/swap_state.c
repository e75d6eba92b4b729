/*
 * The state of paging to disk, saved before a check and restored after it.
 *
 * A check that holds leaves neither pages in the ring nor slots in use. After a
 * check that fails, the ring and the slots are rebuilt from the frames' flags and
 * the page tables: no copy is needed. This file does that itself, because the
 * kernel's own functions may be broken.
 */

#include <inc/x86.h>
#include <kern/check/guard.h>
#include <kern/check/own/paged.h>
#include <kern/check/swap_state.h>
#include <kern/env.h>
#include <kern/pmap.h>
#include <kern/policy.h>
#include <kern/resident.h>
#include <kern/slot.h>
#include <kern/swap.h>
#include <kern/swaparea.h>
#include <kern/swapio.h>

static struct {
	bool on;
	uint32_t limit, seed, nfree, nbad, count, sectors;
	const struct policy *policy;
	struct swap_counts counts;
} saved;

static void
finish(void *arg)
{
	(void)arg;
	cli();
	swapio_finish();
}

void
swap_state_settle(void)
{
	struct guard_report ignored;

	if (!saved.on)
		return;
	paged_let_go();
	swap_area.disk->sectors = saved.sectors;
	guarded(finish, NULL, &ignored);
}

void
swap_state_save(void)
{
	saved.on = swap_on;
	if (!swap_on)
		return;
	saved.sectors = swap_area.disk->sectors;
	swap_state_settle();
	saved.limit = swap_limit;
	saved.seed = policy_seed;
	saved.nfree = slots_free;
	saved.nbad = slots_bad;
	saved.count = resident_count;
	saved.policy = policy;
	saved.counts = swap_counts;
}

/* --- The ring ------------------------------------------------------------ */

static bool
in_ring(const struct PageInfo *frames, ppn_t n)
{
	return frames[n].pp_flags & PP_PAGED;
}

/* True if the ring has the pages that it had, whatever their order. */
static bool
ring_holds(const struct PageInfo *frames)
{
	ppn_t n = resident_hand;
	uint32_t i;

	if (resident_count != saved.count)
		return false;
	for (i = 0; i < saved.count; i++, n = resident_at(n)->next)
		if (n >= npages || !in_ring(frames, n)
		    || resident_at(resident_at(n)->next)->prev != n)
			return false;
	return n == resident_hand;
}

static void
make_ring(const struct PageInfo *frames)
{
	struct resident *first = NULL;
	ppn_t n, last = 0;

	resident_count = 0;
	resident_hand = 0;
	for (n = 0; n < npages; n++) {
		if (!in_ring(frames, n))
			continue;
		if (!first) {
			first = resident_at(n);
			resident_hand = last = n;
		}
		resident_at(n)->prev = last;
		resident_at(last)->next = n;
		last = n;
		resident_count++;
	}
	if (first) {
		first->prev = last;
		resident_at(last)->next = resident_hand;
	}
}

/* --- The slots ----------------------------------------------------------- */

static void
count_entries(const struct Env *e)
{
	uint32_t pdx, ptx;
	const pte_t *table;

	for (pdx = 0; pdx < PDX(UTOP); pdx++) {
		if (!(e->env_pgdir[pdx] & PTE_P))
			continue;
		table = KADDR(PTE_ADDR(e->env_pgdir[pdx]));
		for (ptx = 0; ptx < NPTENTRIES; ptx++)
			if (entry_has_slot(table[ptx]))
				slot_at(PGNUM(table[ptx]))->count++;
	}
}

/* Slots that failed before are tried again. */
static void
make_slots(const struct PageInfo *frames)
{
	const struct slot last = { .count = SLOT_FREE, .frame = 0 };
	const struct slot unused = { .count = 0, .frame = 0 };
	const struct Env *e;
	uint32_t n;

	for (n = 1; n <= slots_total; n++)
		*slot_at(n) = last;
	/* Now the first free slot is the only one on the list. */
	slot_alloc(0);
	for (n = 1; n <= slots_total; n++)
		*slot_at(n) = unused;
	slots_free = slots_bad = 0;
	for (e = envs; e < envs + NENV; e++)
		if (e->env_status != ENV_FREE)
			count_entries(e);
	for (n = 0; n < npages; n++)
		if (in_ring(frames, n) && resident_slot(n))
			slot_at(resident_slot(n))->frame = n;
	for (n = slots_total; n; n--)
		if (!slot_at(n)->count && !slot_at(n)->frame)
			slot_release(n);
}

void
swap_state_restore(const struct PageInfo *frames)
{
	if (!saved.on)
		return;
	swap_limit = policy_frames = saved.limit;
	policy_seed = saved.seed;
	swap_credit = 0;
	policy = saved.policy;
	swap_counts = saved.counts;
	if (ring_holds(frames) && slots_free == saved.nfree
	    && slots_bad == saved.nbad)
		return;
	make_ring(frames);
	make_slots(frames);
}
