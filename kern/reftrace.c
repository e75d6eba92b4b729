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

enum kind { USE, WRITE, FREE, END };

struct event {
	envid_t env;
	uint32_t page : 20, kind : 2;
};

static struct event *events;
static uint32_t nevents, max_events, lost;

/* The counts and the seed when the recording started. */
static struct swap_counts before;
static uint32_t first_seed;

static void
add(uint32_t where, enum kind kind)
{
	if (nevents == max_events) {
		lost++;
		return;
	}
	events[nevents++] = (struct event) {
		.env = envs[where_slot(where)].env_id,
		.page = PGNUM(where_va(where)), .kind = kind
	};
}

static void
freed(ppn_t n)
{
	add(resident_at(n)->where, FREE);
}

static void
ended(uint32_t env_slot)
{
	add(where_of(env_slot, 0), END);
}

int
reftrace_start(size_t size)
{
	resident_traced = false;
	resident_freed = NULL;
	resident_env_ended = NULL;
	if (size == 0)
		return 0;
	if (size > max_events * sizeof(events[0])) {
		events = framerun_alloc(size);
		max_events = events ? size / sizeof(events[0]) : 0;
		if (!events)
			return -E_NO_MEM;
	}
	nevents = lost = 0;
	before = swap_counts;
	first_seed = policy_seed;
	policy_start_period();
	resident_freed = freed;
	resident_env_ended = ended;
	resident_traced = true;
	return 0;
}

/* Gather the bits of an entry, and clear A. */
static void
take_bits(pte_t *pte, uint32_t where, void *arg)
{
	*(uint32_t *)arg |= *pte;
	*pte &= ~PTE_A;
	tlb_flush_user_page(where_va(where));
}

void
reftrace_look(void)
{
	ppn_t n = resident_hand;
	struct resident *r;
	uint32_t i, bits;
	bool written;

	for (i = 0; i < resident_count; i++, n = r->next) {
		r = resident_at(n);
		bits = 0;
		mappers_of_frame(n, take_bits, &bits);
		written = (bits & PTE_D) && !r->written;
		if (written)
			r->written = 1;
		if (!(bits & PTE_A))
			continue;
		r->seen = 1;
		add(r->where, written ? WRITE : USE);
	}
}

void
reftrace_use(uint32_t where)
{
	add(where, USE);
}

static void
print_header(void)
{
	cprintf("paging-trace 1\n");
	if (swap_limit)
		cprintf("frames %u\n", swap_limit);
	cprintf("policy %s\nseed %u\nperiod %u\nfaults %u\nwrites %u\n",
		policy->name, first_seed, policy_period(),
		swap_counts.loads - before.loads,
		swap_counts.page_outs - before.page_outs);
	if (lost)
		cprintf("# %u events did not fit\n", lost);
}

void
reftrace_print(void)
{
	const struct event *e;

	print_header();
	for (e = events; e < events + nevents; e++)
		if (e->kind == END)
			cprintf("end %08x\n", e->env);
		else
			cprintf("%s%08x %05x%s\n", e->kind == FREE ? "free "
				: "", e->env, e->page, e->kind == WRITE ? " w"
				: "");
	cprintf("paging-trace end\n");
}
