/*
 * The ring of the pages that may leave memory.
 *
 * A page enters the ring when it is given to a program, and leaves it when it is
 * freed or moved to disk. page_free and page_remove learn of neither: flagged
 * frames take their slow paths, and the usual ones cost what they did before.
 *
 * There are no lists of a frame's mappings, because page_insert and page_remove
 * would have to keep them. Nearly all frames have one mapping, and the record
 * knows it; the others are searched for (mappers.c) when a page leaves memory.
 *
 * Not its job: which page leaves (policy.c), and how (evict.c).
 */

#include <inc/assert.h>
#include <inc/error.h>
#include <kern/framerun.h>
#include <kern/resident.h>
#include <kern/slot.h>
#include <kern/swapstate.h>

struct resident *residents;
pte_t no_entry;
bool resident_traced;
void (*resident_freed)(ppn_t n);
void (*resident_env_ended)(uint32_t slot);
uint32_t resident_count;
ppn_t resident_hand;
bool resident_listing;

void
resident_add(ppn_t n, uint32_t where)
{
	struct resident *r = resident_at(n), *hand;

	*r = (struct resident) {
		.where = where, .pte = &no_entry, .next = n, .prev = n
	};
	pages[n].pp_flags = PP_PAGED;
	swap_counts.loads++;
	if (resident_count++ == 0) {
		resident_hand = n;
		return;
	}
	hand = resident_at(resident_hand);
	r->next = resident_hand;
	r->prev = hand->prev;
	resident_at(hand->prev)->next = n;
	hand->prev = n;
}

void
resident_remove(ppn_t n)
{
	struct resident *r = resident_at(n);

	resident_at(r->next)->prev = r->prev;
	resident_at(r->prev)->next = r->next;
	if (resident_hand == n)
		resident_hand = r->next;
	if (--resident_count == 0)
		resident_hand = 0;
	pages[n].pp_flags = 0;
}

void
resident_forget_home(ppn_t n)
{
	struct resident *r = resident_at(n);
	uint32_t slot = resident_slot(n);

	r->home = 0;
	r->home_is_file = 0;
	if (slot)
		slot_release(slot);
}

void
resident_lost_mapping(struct PageInfo *pp, const pte_t *pte, pte_t old)
{
	struct resident *r = resident_at(pp - pages);

	if (old & PTE_D)
		pp->pp_flags |= PP_DIRTY;
	if (r->pte == pte)
		r->pte = &no_entry;
}

/*
 * A flagged frame is about to be freed: make it an ordinary one. Returns false if
 * the disk uses it; then pagein.c frees it later.
 */
static bool
release(struct PageInfo *pp)
{
	ppn_t n = pp - pages;
	bool busy = pp->pp_flags & PP_BUSY;

	if (pp->pp_flags & PP_PAGED) {
		/* While it is written, the transfer holds the slot. */
		if (!busy)
			resident_forget_home(n);
		if (resident_freed)
			resident_freed(n);
		resident_remove(n);
	}
	pp->pp_flags = busy ? PP_BUSY : 0;
	return !busy;
}

int
resident_init(void)
{
	residents = framerun_alloc(npages * sizeof(residents[0]));
	if (!residents)
		return -E_NO_MEM;
	page_release = release;
	return 0;
}
