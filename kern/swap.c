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
<<<<<<< HEAD

bool swap_on;
int32_t swap_credit = INT32_MAX;
uint32_t swap_limit;
struct swap_counts swap_counts;
struct swap_area swap_area;

/*
 * The reserve: below `low` free frames, pages leave until there are `high`. It is
 * a fraction of memory, within these bounds.
 */
#define RESERVE_PART	512
#define RESERVE_MIN	8
#define RESERVE_MAX	64
static uint32_t low, high;

/* Allocations after which a reserve that is low is looked at: not all of it. */
#define SMALL_CREDIT	(RESERVE_MIN / 2)
static int32_t until_refill;

/* Set if the reserve is low and cannot be filled up: see refill. */
static bool used_up;

/* Set while no slot is free: only pages that need none may leave. */
static bool slots_used_up;

/* --- Whose turn it is ---------------------------------------------------- */

/*
 * Pages that one instruction can need: its code, source, destination, each on
 * two pages; and ENTER looks at the page below, too (SDM 2A, ENTER).
 */
#define MAX_NEEDED	7

static struct {
	envid_t id;		/* 0: nobody's */
	bool waited;		/* it has waited for a page, */
	uint32_t runs;		/* and has not run since env_runs was this */
	struct PushRegs regs;	/* the registers of what it cannot finish */
	uintptr_t eip, esp;
	uint32_t npins;
	ppn_t pins[MAX_NEEDED];
} turn;

static bool
waits_for_swap(const struct Env *e)
{
	return waits[env_slot(e)].reason >= WAIT_PAGE;
}

/*
 * True if the environment whose turn it is has made progress, has ended, or was
 * stopped.
 */
static bool
turn_over(void)
{
	const struct Env *e = turn.id ? env_find(turn.id) : NULL;

	if (!e)
		return true;
	if (waits_for_swap(e))
		return false;
	return e->env_status == ENV_NOT_RUNNABLE
		|| !(turn.waited && e->env_runs == turn.runs);
}

static bool
same_state(const struct Trapframe *tf)
{
	const struct PushRegs *a = &turn.regs, *b = &tf->tf_regs;

	return turn.eip == tf->tf_eip && turn.esp == tf->tf_esp
		&& a->reg_ecx == b->reg_ecx && a->reg_esi == b->reg_esi
		&& a->reg_edi == b->reg_edi && a->reg_eax == b->reg_eax
		&& a->reg_edx == b->reg_edx && a->reg_ebx == b->reg_ebx
		&& a->reg_ebp == b->reg_ebp;
}

/*
 * curenv cannot go on with these registers. Give it the turn, if that is free.
 * Unchanged registers mean that it has not made progress.
 */
static void
turn_ask(const struct Trapframe *tf)
{
	if (turn.id == curenv->env_id ? same_state(tf) : !turn_over())
		return;
	turn.id = curenv->env_id;
	turn.waited = false;
	turn.eip = tf->tf_eip;
	turn.esp = tf->tf_esp;
	turn.regs = tf->tf_regs;
	turn.npins = 0;
}

/* Frame n is for environment id: if it has the turn, the page stays. */
static void
turn_pin(envid_t id, ppn_t n)
{
	if (id == turn.id)
		turn.pins[turn.npins++ % MAX_NEEDED] = n;
}

/*
 * Pages that curenv's call needs at the same time, and that are in memory: they
 * stay while the others are brought in.
 */
static ppn_t held[SWAP_NEED_MAX / PGSIZE + 1];
static uint32_t nheld;

static bool
is_pinned(ppn_t n)
{
	uint32_t i;

	for (i = 0; i < nheld; i++)
		if (held[i] == n)
			return true;
	for (i = 0; i < MIN(turn.npins, (uint32_t)MAX_NEEDED); i++)
		if (turn.pins[i] == n)
			return true;
	return false;
}

void
swap_call_ended(void)
{
	if (curenv && turn.id == curenv->env_id)
		turn.id = turn.npins = 0;
}

/* --- Out of memory ------------------------------------------------------- */

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
static uint32_t
kept_bits(uint32_t where)
{
	return (PTE_SYSCALL & ~PTE_P)
		| (env_privates[where_slot(where)].watches_dirty ? PTE_D : 0);
}

/* Entry, then TLB. The processor sets no bit of an entry that is not present. */
static void
take_entry(pte_t *pte, uint32_t where, void *arg)
{
	struct leaving *l = arg;

	l->flags |= xchg(pte, l->to | (*pte & kept_bits(where)));
	tlb_flush_user_page(where_va(where));
}

static inline void
visit_mappings(ppn_t n, mapper_fn *fn, void *arg)
{
	const struct resident *r = resident_at(n);
	pte_t *pte;

	if (likely(pages[n].pp_ref == 1)) {
		/* First: it may change `where`. */
		pte = mappers_one(n);
		fn(pte, r->where, arg);
	} else
		mappers_visit(maps_frame(n), r->where, pages[n].pp_ref, fn, arg);
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

	visit_mappings(n, look_at_entry, &l);
	write = must_write(n, l.flags) && !is_as_in_file(n, l.flags);
	if (write && (!swapio_can(true) || !(slot = slot_for(n))))
		return false;
	l.to = slot ? names_slot(slot)
		: (uint32_t)resident_at(n)->home << PGSHIFT | PTE_FILE;
	visit_mappings(n, take_entry, &l);
	if (slot)
		slot_at(slot)->count = pp->pp_ref;
	pp->pp_ref = 0;
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

static bool
allowed(ppn_t n)
{
	struct leaving l = { .flags = 0 };

	if ((pages[n].pp_flags & PP_BUSY)
	    || (turn.npins + nheld && is_pinned(n)))
		return false;
	if (likely(!slots_used_up))
		return true;
	visit_mappings(n, look_at_entry, &l);
	return !must_write(n, l.flags);
}

/* Take one page out of memory. Returns false if none may or can leave. */
static bool
evict_one(void)
{
	ppn_t n = policy->victim();
	bool gone;

	if (!n || (gone = evict(n)) || !swapio_can(true))
		return n && gone;
	slots_used_up = true;
	n = policy->victim();
	gone = n && evict(n);
	slots_used_up = false;
	return gone;
}

/* --- The reserve --------------------------------------------------------- */

/* Count the free frames, up to a limit. */
static uint32_t
count_free(uint32_t limit)
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
	swap_counts.loads++;
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

static void
start_listing(void)
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

/* Let pages leave until there are fewer than the limit, if there is one. */
static bool
keep_limit(uint32_t limit)
{
	while (resident_count + swapio_reads > limit)
		if (!evict_one())
			return false;
	return true;
}

/* A page is about to enter the ring. */
static void
before_load(void)
{
	if (unlikely(reftrace_on))
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
	uint32_t free = count_free(2 * high);

	if (free >= low) {
		until_refill = MAX((int32_t)(free - low), SMALL_CREDIT);
		used_up = false;
		return;
	}
	start_listing();
	while (free + swapio_writes < high && evict_one())
		free = count_free(high);
	used_up = free + swapio_writes < low;
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
		start_listing();
		keep_limit(limit);
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
		before_load();
		if (swap_limit)
			keep_limit(swap_limit - 1);
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
	if (!swap_on || hooks.checking || count_free(n) == n)
		return;
	start_listing();
	if (turn_over())
		turn.id = turn.npins = 0;
	while (count_free(n) < n) {
		if (evict_one() || swapio_writes)
			swapio_finish();
		else
			return;
	}
}

/* Allocate a frame for a page that is needed now, or return NULL. */
static struct PageInfo *
frame_now(void)
{
	struct PageInfo *pp;

	if (swap_limit && !keep_limit(swap_limit - 1))
		return NULL;
	if (--until_refill < 0)
		refill();
	pp = page_alloc(0);
	if (!pp)
		start_listing();
	while (!pp && evict_one())
		pp = page_alloc(0);
	return pp;
}

/* --- Into memory --------------------------------------------------------- */

/* What came of an attempt to bring a page in. */
enum outcome { IS_IN, WAIT_FOR_IT, WAIT_FOR_FRAME, NO_FRAME };

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

	*pte = page2pa(pp) | (*pte & kept_bits(where)) | PTE_P;
	r->pte = pte;
	r->where = where;
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
	pages[n].pp_ref = s->count;
	swap_counts.loads++;
	if (unlikely(reftrace_on))
		reftrace_use(where);
	resident_at(n)->home = slot;
	pages[n].pp_flags |= busy;
	s->count = 0;
	s->frame = n;
}

/* Load a page of a program's file. */
static enum outcome
load_file_page(pte_t *pte, uint32_t where)
{
	struct PageInfo *pp = frame_now();
	struct resident *r;
	ppn_t n;

	if (!pp)
		return without_frame();
	n = pp - pages;
	filepage_read(PGNUM(*pte), page2kva(pp));
	pp->pp_ref++;
	if (resident_listing) {
		resident_add(n, where);
		swap_counts.loads++;
		if (unlikely(reftrace_on))
			reftrace_use(where);
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
	pp = frame_now();
	if (!pp)
		return without_frame();
	pp->pp_flags = PP_BUSY | PP_FILLING;
	slot_at(slot)->frame = pp - pages;
	swapio_start(false, slot, pp - pages);
	swap_counts.page_ins++;
	return WAIT_FOR_IT;
}

/* Bring in the page whose entry, not present, is *pte at `where`. */
static enum outcome
bring_in(pte_t *pte, uint32_t where)
{
	uint32_t slot = PGNUM(*pte);
	ppn_t n;

	if (!(*pte & PTE_FILE) && (n = slot_at(slot)->frame)) {
		if (pages[n].pp_flags & PP_FILLING)
			return WAIT_FOR_IT;
		/* It is on its way to the disk, but still here. */
		before_load();
		if (swap_limit && !keep_limit(swap_limit - 1))
			return without_frame();
		put_in(slot, n, where);
		swap_counts.returned++;
		return IS_IN;
	}
	before_load();
	return *pte & PTE_FILE ? load_file_page(pte, where) : read_slot(slot);
}

/* --- The end of a transfer ----------------------------------------------- */

/* Wake those that wait for a slot, or for any frame. */
static void
wake(uint32_t slot)
{
	uint32_t n = queue_first(QUEUE_DISK), next;

	for (; n != QUEUE_DISK; n = next) {
		next = queue_after(n);
		if (waits[n].reason == WAIT_FRAME
		    || waits[n].of == (envid_t)slot)
			wait_over(&envs[n]);
	}
}

/* Tell those that wait for a slot that it cannot be read. */
static void
tell_lost(uint32_t slot)
{
	uint32_t n = queue_first(QUEUE_DISK);

	for (; n != QUEUE_DISK; n = queue_after(n))
		if (waits[n].reason == WAIT_PAGE
		    && waits[n].of == (envid_t)slot)
			env_privates[n].lost_slot = slot;
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
		}
	if (!error && slot_at(slot)->count) {
		put_in(slot, pp - pages, where);
	} else {
		if (error) {
			swap_counts.read_errors++;
			tell_lost(slot);
			slot_cannot_be_read(slot);
		}
		slot_release(slot);
		page_free(pp);
	}
	wake(slot);
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
	wake(0);
}

static void
transfer_ended(bool write, uint32_t slot, ppn_t frame, int error)
{
	if (write)
		write_ended(slot, &pages[frame], error);
	else
		read_ended(slot, &pages[frame], error);
	/* Too many writes may have been waiting to keep it before. */
	if (swap_limit)
		keep_limit(swap_limit);
}

/* --- Waiting ------------------------------------------------------------- */

/* curenv is to try again. If it has the turn, it keeps it until then. */
static void
turn_keep(void)
{
	if (turn.id == curenv->env_id) {
		turn.waited = true;
		turn.runs = curenv->env_runs;
	}
}
=======
#include <kern/turn.h>
>>>>>>> swap

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
 * Bring in one absent page of curenv's. Returns false if there is none, or too
 * little memory for n of them.
 */
static bool
bring_one(pte_t *pte, uintptr_t va, uint32_t n)
{
	if (reserve_count_free(n + reserve_high) < n + reserve_high
	    || (swap_limit && resident_count + n > swap_limit))
		return false;
	swap_bring_in_for_call(curenv, va, pte);
	return true;
}

void
swap_bring_all(void)
{
	struct EnvPrivate *p = env_private(curenv);
	uint32_t pdx, ptx, n = 0, pass;
	pte_t *table;

	if (!swap_on || !(p->unloaded || resident_listing))
		return;
	/* First count them, then bring them in. */
	for (pass = 0; pass < 2; pass++)
		for (pdx = 0; (pdx = table_next(curenv->env_pgdir, pdx))
		     < PDX(UTOP); pdx++) {
			table = KADDR(PTE_ADDR(curenv->env_pgdir[pdx]));
			for (ptx = 0; (ptx = table_next(table, ptx))
			     < NPTENTRIES; ptx++)
				if (!entry_is_absent(table[ptx]))
					continue;
				else if (pass == 0)
					n++;
				else if (!bring_one(&table[ptx], (uintptr_t)
						    PGADDR(pdx, ptx, 0), n))
					return;
		}
	p->unloaded = false;
}

int32_t
swap_no_memory(void)
{
	uint32_t had = reserve_count_free(UINT32_MAX), want = had + MAX(had, 1U), got;
	bool has_turn;

	if (!swap_on || hooks.checking)
		return -E_NO_MEM;
	reserve_start_listing();
	syscall_save_all();
	turn_ask(&curenv->env_tf);
	while ((got = reserve_count_free(want)) + swapio_writes < want && evict_one())
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
	if (hooks.checking || reserve_keep_limit(swap_limit - 1) || !swapio_writes)
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
	swapio_init(&swap_area, pagein_transfer_ended);
	demand_loading = swap_on = true;
	cprintf("swap: %u MB on %s %s, generation %u\n",
		swap_area.slots / (MIB / PGSIZE), swap_area.disk->channel
		? "secondary" : "primary", swap_area.disk->unit ? "slave"
		: "master", swap_area.generation);
}
