/*
 * Paging to disk, as system calls and traps use it: who waits for what.
 *
 * Nothing here waits in the kernel. An instruction is simply tried again, and so
 * is a system call, because one that cannot go on has changed nothing (E1).
 *
 * The parts, each of which knows those before it: slot.c, the slots of the disk;
 * resident.c, the pages that may leave; mappers.c, their entries; policy.c, which
 * leaves next; turn.c, which stay; swapio.c, transfers; evict.c, out of memory;
 * reserve.c, free frames; pagein.c, into memory.
 */

#include <inc/error.h>
#include <inc/stdio.h>
#include <inc/x86.h>
#include <kern/dev/console.h>
#include <kern/dev/timer.h>
#include <kern/env.h>
#include <kern/evict.h>
#include <kern/filepage.h>
#include <kern/hooks.h>
#include <kern/pagein.h>
#include <kern/pmap.h>
#include <kern/queue.h>
#include <kern/repeat.h>
#include <kern/reserve.h>
#include <kern/sched.h>
#include <kern/slot.h>
#include <kern/swap.h>
#include <kern/swapio.h>
#include <kern/turn.h>

/* Make curenv wait for the page of an entry at va, or for a frame. */
static void
wait_for(enum outcome what, pte_t entry, uintptr_t va)
{
	struct wait *w = wait_begin(what == WAIT_FOR_IT ? WAIT_PAGE
				    : WAIT_FRAME, QUEUE_DISK);

	w->of = what == WAIT_FOR_IT ? PGNUM(entry) : 0;
	w->srcva = va;
	turn_keep();
}

/* End curenv, because a page that it needs cannot be had. */
static void
end_without_page(pte_t entry, uintptr_t va, bool lost)
{
	envid_t id = curenv->env_id;

	cons_fresh_line();
	if (lost)
		cprintf("[%08x] the page at va %08x is lost: slot %u of the"
			" swap area cannot be read\n", id, va, PGNUM(entry));
	else
		cprintf("[%08x] out of memory: no frame for the page at va"
			" %08x; %u can hold pages of programs, and this needs"
			" %u\n", id, va, resident_count,
			MAX(turn.npins, turn.nheld) + 1);
	turn.nheld = 0;
	env_destroy(curenv);
}

/*
 * Bring in the page of an entry for curenv. In a check, and in the monitor, wait
 * by polling. Returns false if curenv has to wait, with what and for whom in its
 * struct wait.
 */
static bool
get_page(pte_t *pte, uint32_t where)
{
	pte_t entry = *pte;
	struct EnvPrivate *p = env_private(curenv);
	enum outcome what;
	bool lost = !(entry & PTE_FILE) && p->lost_slot == PGNUM(entry);

	p->lost_slot = 0;
	what = lost ? NO_FRAME : pagein(pte, where);
	while (hooks.checking && (what == WAIT_FOR_IT
				  || what == WAIT_FOR_FRAME)) {
		swapio_finish();
		if (*pte & PTE_P)
			what = IS_IN;
		else if (what == WAIT_FOR_FRAME)
			what = pagein(pte, where);
		else {
			what = NO_FRAME;
			lost = true;
		}
	}
	if (what == IS_IN) {
		turn_pin(curenv->env_id, PGNUM(*pte));
		return true;
	}
	if (what == NO_FRAME)
		end_without_page(entry, where_va(where), lost);
	turn.nheld = 0;
	wait_for(what, entry, where_va(where));
	return false;
}

bool
swap_bring_in(struct Trapframe *tf, uintptr_t va, pte_t *pte)
{
	swap_counts.faults++;
	turn_ask(tf);
	if (!get_page(pte, where_of(env_slot(curenv), va))) {
		curenv->env_tf = *tf;
		sched_next();
	}
	return true;
}

void
swap_bring_in_for_call(struct Env *e, uintptr_t va, pte_t *pte)
{
	if (!hooks.checking)
		syscall_save_all();
	turn_ask(&curenv->env_tf);
	if (!get_page(pte, where_of(env_slot(e), va)))
		syscall_repeat();
}

void
swap_need_range(struct Env *e, uintptr_t va, size_t len)
{
	uintptr_t last = va + MIN(len, (size_t)SWAP_NEED_MAX) - 1;
	pte_t *pte;

	if (!swap_on || !len)
		return;
	for (va = ROUNDDOWN(va, PGSIZE); va <= last; va += PGSIZE) {
		swap_need(e, va);
		pte = pgdir_walk(e->env_pgdir, (void *)va, 0);
		turn_hold(PGNUM(*pte));
	}
	turn.nheld = 0;
}

/*
 * Return the first entry from *va on whose page is not in memory, and set *va to
 * its address; NULL if there is none below UTOP.
 */
static pte_t *
next_absent(const pde_t *pgdir, uintptr_t *va)
{
	uint32_t pdx = PDX(*va), ptx;
	pte_t *table;

	for (; (pdx = table_next(pgdir, pdx)) < PDX(UTOP); pdx++) {
		table = KADDR(PTE_ADDR(pgdir[pdx]));
		ptx = pdx == PDX(*va) ? PTX(*va) : 0;
		for (; (ptx = table_next(table, ptx)) < NPTENTRIES; ptx++)
			if (entry_is_absent(table[ptx])) {
				*va = (uintptr_t)PGADDR(pdx, ptx, 0);
				return &table[ptx];
			}
	}
	return NULL;
}

/* True if n more pages fit into memory, without another's leaving. */
static bool
have_room(uint32_t n)
{
	return reserve_count_free(n + reserve_high) == n + reserve_high
		&& !(swap_limit && resident_count + n > swap_limit);
}

void
swap_bring_all(void)
{
	struct EnvPrivate *p = env_private(curenv);
	uintptr_t va;
	uint32_t n = 0;
	pte_t *pte;

	if (!swap_on || !(p->unloaded || resident_listing))
		return;
	for (va = 0; next_absent(curenv->env_pgdir, &va); va += PGSIZE)
		n++;
	for (va = 0; (pte = next_absent(curenv->env_pgdir, &va));
	     va += PGSIZE) {
		if (!have_room(n))
			return;
		swap_bring_in_for_call(curenv, va, pte);
	}
	p->unloaded = false;
}

int32_t
swap_no_memory(void)
{
	uint32_t had = reserve_count_free(UINT32_MAX);
	uint32_t want = had + MAX(had, 1U), got;
	bool has_turn;

	if (!swap_on || hooks.checking)
		return -E_NO_MEM;
	reserve_start_listing();
	syscall_save_all();
	turn_ask(&curenv->env_tf);
	while ((got = reserve_count_free(want)) + swapio_writes < want
	       && evict_one())
		;
	/*
	 * Only with the turn do pages stay that the call needs, so that it ends.
	 * Others wait, and the processor has time for interrupts.
	 */
	has_turn = turn.id == curenv->env_id;
	/* Fewer frames than it had would not be enough this time, either. */
	if (has_turn && got + swapio_writes <= had)
		return -E_NO_MEM;
	if (got <= had || !has_turn) {
		wait_for(WAIT_FOR_FRAME, 0, 0);
	} else {
		turn_keep();
		env_set_status(curenv, ENV_RUNNABLE);
	}
	syscall_repeat();
}

void
swap_wait_for_limit(void)
{
	if (hooks.checking || reserve_make_room() || !swapio_writes)
		return;
	syscall_save_all();
	wait_for(WAIT_FOR_FRAME, 0, 0);
	syscall_repeat();
}

void
swap_call_ended(void)
{
	if (curenv && turn.id == curenv->env_id)
		turn_end();
}

/* --- Time ---------------------------------------------------------------- */

/*
 * Memory is replaced this many times in a second, in each of two seconds: then
 * programs do little but wait for each other's pages.
 */
#define THRASHING	2

/* The current second; whether the one before was bad, and that was told. */
static struct {
	uint32_t ticks, user_ticks, page_ins;
	bool bad;
	bool told;
} second;

static void
end_second(void)
{
	uint32_t page_ins = swap_counts.page_ins - second.page_ins;
	bool bad = resident_count
		&& page_ins > THRASHING * resident_count;

	if (bad && second.bad && !swap_limit && !second.told) {
		cons_fresh_line();
		cprintf("swap: thrashing: %u pages read in a second, %u fit"
			" into memory; programs ran %u %% of the time\n",
			page_ins, resident_count,
			second.user_ticks * 100 / second.ticks);
	}
	second.told = bad && second.bad;
	second.bad = bad;
	second.page_ins = swap_counts.page_ins;
	second.ticks = second.user_ticks = 0;
}

void
swap_tick(bool user)
{
	if (!swap_on || env_count == 0)
		return;
	/* The turn may have ended without a fault. */
	pagein_wake(0);
	second.user_ticks += user;
	if (++second.ticks == TIMER_HZ)
		end_second();
}

/* --- For the monitor ------------------------------------------------------- */

void
swap_state(struct swap_state *state)
{
	*state = (struct swap_state) {
		reserve_low, reserve_high, turn_over() ? 0 : turn.id
	};
}

bool
swap_keeps(ppn_t n)
{
	return !turn_over() && turn_keeps(n);
}

/* --- Starting ------------------------------------------------------------ */

void
swap_init(void)
{
	if (!swap_area_find(&swap_area)) {
		cprintf("no swap\n");
		return;
	}
	if (resident_init() < 0 || slot_init(swap_area.slots) < 0) {
		cprintf("no swap: no memory for its records\n");
		return;
	}
	reserve_init();
	swapio_init(pagein_transfer_ended);
	demand_loading = swap_on = true;
	cprintf("swap: %u MB on %s %s, generation %u\n",
		swap_area.slots / (MIB / PGSIZE), swap_area.disk->channel
		? "secondary" : "primary", swap_area.disk->unit ? "slave"
		: "master", swap_area.generation);
}
