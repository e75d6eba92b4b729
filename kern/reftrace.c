/*
 * Reference strings: recorded in memory, printed for tools/paging.
 *
 * Looking at A bits clears them, so that the next use shows. A page that was
 * found used is marked in its record until the policy asks, which then decides as
 * it would have without a trace.
 */

#include <inc/error.h>
#include <inc/stdio.h>
#include <inc/x86.h>
#include <kern/pmap.h>
#include <kern/framerun.h>
#include <kern/mappers.h>
#include <kern/policy.h>
#include <kern/reftrace.h>
#include <kern/swapstate.h>

struct reftrace reftrace;

static uint32_t first_seed;

/* The size of the memory for events: it is never given back. */
static size_t room;

static void
add(uint32_t where, enum ref_kind kind)
{
	struct reftrace *t = &reftrace;

	if (t->count == t->max) {
		t->lost++;
		return;
	}
	t->events[t->count++] = (struct ref_event) {
		.env = envs[where_slot(where)].env_id,
		.page = PGNUM(where_va(where)), .kind = kind
	};
}

static void
freed(ppn_t n)
{
	add(resident_at(n)->where, REF_FREE);
}

static void
ended(uint32_t env_slot)
{
	add(where_of(env_slot, 0), REF_END);
}

static void
stop(void)
{
	if (resident_traced)
		reftrace.after = swap_counts;
	resident_traced = false;
	resident_freed = NULL;
	resident_env_ended = NULL;
}

/* Count the pages that are in memory as if they were loaded now. */
static void
add_all(void)
{
	ppn_t n = resident_hand;
	uint32_t i;

	for (i = 0; i < resident_count; i++, n = resident_at(n)->next)
		add(resident_at(n)->where, REF_USE);
	reftrace.before.loads -= resident_count;
}

int
reftrace_start(size_t size)
{
	struct reftrace *t = &reftrace;
	struct ref_event *events;

	stop();
	if (size == 0)
		return 0;
	if (size > room) {
		events = framerun_alloc(size);
		if (!events)
			return -E_NO_MEM;
		t->events = events;
		room = size;
	}
	*t = (struct reftrace) {
		.events = t->events, .max = size / sizeof(t->events[0]),
		.frames = swap_limit, .before = swap_counts
	};
	first_seed = policy_seed;
	policy_start_period();
	add_all();
	resident_freed = freed;
	resident_env_ended = ended;
	resident_traced = true;
	return 0;
}

/* The bits of a page's entries. Its name is `where`. */
struct look {
	uint32_t bits, where;
};

/* Gather the bits of an entry, and clear A. */
static void
take_bits(pte_t *pte, uint32_t where, void *arg)
{
	struct look *l = arg;

	l->bits |= *pte;
	*pte &= ~PTE_A;
	tlb_flush_user_page(where_va(where));
	if (where != l->where)
		reftrace.shared = true;
}

/* Note a limit that is not what it was, or is not kept. */
static void
look_at_limit(void)
{
	if (swap_limit != reftrace.frames
	    || (swap_limit && resident_count > swap_limit))
		reftrace.varied = true;
}

void
reftrace_look(void)
{
	ppn_t n = resident_hand;
	struct resident *r;
	struct look l;
	uint32_t i;
	bool written;

	look_at_limit();
	for (i = 0; i < resident_count; i++, n = r->next) {
		r = resident_at(n);
		l = (struct look) { .where = r->where };
		mappers_of_frame(n, take_bits, &l);
		written = (l.bits & PTE_D) && !r->written;
		if (written)
			r->written = 1;
		if (!(l.bits & PTE_A))
			continue;
		r->seen = 1;
		add(r->where, written ? REF_WRITE : REF_USE);
	}
}

void
reftrace_use(uint32_t where)
{
	look_at_limit();
	add(where, REF_USE);
}

void
reftrace_reset_counts(void)
{
	if (resident_traced) {
		reftrace.before.loads -= swap_counts.loads;
		reftrace.before.page_outs -= swap_counts.page_outs;
	}
	swap_counts = (struct swap_counts) { .faults = 0 };
}

static void
print_header(void)
{
	const struct reftrace *t = &reftrace;
	const struct swap_counts *now = resident_traced ? &swap_counts
		: &t->after;

	cprintf("paging-trace 1\n");
	if (t->frames)
		cprintf("frames %u\n", t->frames);
	cprintf("policy %s\nseed %u\nperiod %u\nfaults %u\nwrites %u\n",
		policy->name, first_seed, policy_period(),
		now->loads - t->before.loads,
		now->page_outs - t->before.page_outs);
	if (t->lost)
		cprintf("# %u events did not fit\n", t->lost);
	if (t->varied)
		cprintf("# the number of frames has changed\n");
	if (t->shared)
		cprintf("# programs shared pages: one had several names\n");
}

void
reftrace_print(void)
{
	const struct ref_event *e;
	uint32_t i;

	print_header();
	for (i = 0; i < reftrace.count; i++) {
		e = &reftrace.events[i];
		if (e->kind == REF_END)
			cprintf("end %08x\n", e->env);
		else
			cprintf("%s%08x %05x%s\n",
				e->kind == REF_FREE ? "free " : "", e->env,
				e->page, e->kind == REF_WRITE ? " w" : "");
	}
	cprintf("paging-trace end\n");
}
