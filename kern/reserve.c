/*
 * The reserve of free frames, so that a fault seldom waits for a write: it is
 * looked at when programs get frames. Pages that are written on this account are
 * on their way when the reserve is needed.
 *
 * Pages enter the ring (resident.c) from the first time that memory is short.
 * Before, nobody needs the ring, and it would cost time.
 */

#include <kern/env.h>
#include <kern/evict.h>
#include <kern/hooks.h>
#include <kern/pmap.h>
#include <kern/policy.h>
#include <kern/reftrace.h>
#include <kern/reserve.h>
#include <kern/swapio.h>
#include <kern/swapstate.h>
#include <kern/turn.h>

int32_t swap_credit = INT32_MAX;

/*
 * The reserve: below reserve_low free frames, pages leave until there are
 * reserve_high. It is a fraction of memory, within these bounds.
 */
#define RESERVE_PART	512
#define RESERVE_MIN	8
#define RESERVE_MAX	64
uint32_t reserve_low, reserve_high;

/* Allocations after which a reserve that is low is looked at: not all of it. */
#define SMALL_CREDIT	(RESERVE_MIN / 2)
static int32_t until_refill;

/* Set if the reserve is low and cannot be filled up: see refill. */
static bool used_up;

uint32_t
reserve_count_free(uint32_t limit)
{
	const struct PageInfo *pp;
	uint32_t n = 0;

	for (pp = page_free_list; pp && n < limit; pp = pp->pp_link)
		n++;
	return n;
}

/* Put the page of an entry into the ring, if it is not in it. */
static void
list_page(pte_t *pte, uint32_t where)
{
	ppn_t n = PGNUM(*pte);

	if (pages[n].pp_flags)
		return;
	resident_add(n, where);
	resident_at(n)->pte = pte;
}

/* Put all pages of an environment into the ring. */
static void
list_env(const struct Env *e)
{
	uint32_t pdx, ptx;
	pte_t *table;

	for (pdx = 0; (pdx = table_next(e->env_pgdir, pdx)) < PDX(UTOP);
	     pdx++) {
		table = KADDR(PTE_ADDR(e->env_pgdir[pdx]));
		for (ptx = 0; (ptx = table_next(table, ptx)) < NPTENTRIES;
		     ptx++)
			if (table[ptx] & PTE_P)
				list_page(&table[ptx], where_of(e - envs,
				    (uintptr_t)PGADDR(pdx, ptx, 0)));
	}
}

void
reserve_start_listing(void)
{
	const struct Env *e;

	if (resident_listing)
		return;
	resident_listing = true;
	swap_credit = 0;
	for (e = envs; e < envs + NENV; e++)
		if (e->env_status != ENV_FREE)
			list_env(e);
}

bool
reserve_keep_limit(uint32_t limit)
{
	while (resident_count + swapio_reads > limit)
		if (!evict_one())
			return false;
	return true;
}

bool
reserve_make_room(void)
{
	return !swap_limit || reserve_keep_limit(swap_limit - 1);
}

void
reserve_before_load(void)
{
	if (unlikely(resident_traced))
		reftrace_look();
	if (policy->fault)
		policy->fault();
}

/*
 * Look at the reserve of free frames, and fill it up if it is low. If that is
 * impossible, what is left of it is for pages that come back, and not for new
 * ones: a page that comes back leaves a slot, so that another page can leave.
 */
static void
refill(void)
{
	uint32_t free = reserve_count_free(2 * reserve_high);

	if (free >= reserve_low) {
		until_refill = MAX((int32_t)(free - reserve_low), SMALL_CREDIT);
		used_up = false;
		return;
	}
	reserve_start_listing();
	while (free + swapio_writes < reserve_high && evict_one())
		free = reserve_count_free(reserve_high);
	used_up = free + swapio_writes < reserve_low;
	until_refill = used_up ? 0 : SMALL_CREDIT;
}

bool
swap_look(void)
{
	/* Checks count the frames that are left. */
	if (hooks.checking)
		return true;
	refill();
	return !used_up;
}

bool
swap_look_keeping(const struct PageInfo *pp)
{
	bool may;

	turn_hold(pp - pages);
	may = swap_look();
	turn.nheld = 0;
	return may;
}

bool
swap_look_for_page(const struct Env *e, uintptr_t va)
{
	bool needs_table = !(e->env_pgdir[PDX(va)] & PTE_P);

	if (hooks.checking)
		return true;
	if (used_up || (needs_table && --until_refill < 0))
		refill();
	return !used_up;
}

void
swap_set_limit(uint32_t limit)
{
	if (limit) {
		reserve_start_listing();
		reserve_keep_limit(limit);
	}
	swap_limit = policy_frames = limit;
}

void
swap_note_page(struct Env *e, uintptr_t va)
{
	if (!swap_on) {
		swap_credit = INT32_MAX;
		return;
	}
	if (resident_listing) {
		swap_credit = 0;
		/* As at a fault: first one leaves, then this one enters. */
		reserve_before_load();
		reserve_make_room();
		list_page(pgdir_walk(e->env_pgdir, (void *)va, 0),
			  where_of(env_slot(e), va));
		if (swap_limit || --until_refill >= 0)
			return;
	}
	refill();
	if (!resident_listing)
		swap_credit = until_refill;
}

void
swap_reclaim(uint32_t n)
{
	if (!swap_on || hooks.checking || reserve_count_free(n) == n)
		return;
	reserve_start_listing();
	if (turn_over())
		turn_end();
	while (reserve_count_free(n) < n) {
		if (evict_one() || swapio_writes)
			swapio_finish();
		else
			return;
	}
}

struct PageInfo *
reserve_frame(void)
{
	struct PageInfo *pp;

	if (!reserve_make_room())
		return NULL;
	if (--until_refill < 0)
		refill();
	pp = page_alloc(0);
	if (!pp)
		reserve_start_listing();
	while (!pp && evict_one())
		pp = page_alloc(0);
	return pp;
}

void
reserve_init(void)
{
	reserve_low = MAX(MIN(npages / RESERVE_PART, (uint32_t)RESERVE_MAX),
			  (uint32_t)RESERVE_MIN);
	reserve_high = 2 * reserve_low;
	policy_allowed = evict_allowed;
	swap_credit = 0;
}
