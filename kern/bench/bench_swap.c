/*
 * Count the instructions of paging to disk: user/test/benchswap touches pages in
 * known orders, with breakpoints between its parts. The time for which the
 * processor halts, because the disk works, is not counted.
 */

#include <inc/icount.h>
#include <inc/trap.h>
#include <inc/x86.h>
#include <kern/bench/bench_swap.h>
#include <kern/dev/timer.h>
#include <kern/mappers.h>
#include <kern/policy.h>
#include <kern/swap.h>
#include <kern/swapio.h>

/* Frames for benchswap's pages. */
#define LIMIT		64

/* benchswap's parts have a breakpoint at each end. */
#define PARTS		4

/* Instructions executed and faults handled up to each breakpoint. */
static struct {
	uint64_t instructions;
	uint32_t faults;
} marks[2 * PARTS];
static uint32_t nmarks;

/* Looks of the policy at a page, and what they cost. */
static uint32_t looks, look_cost;

void
bench_swap_begin(bool dma)
{
	swap_area.disk->dma = dma;
	nmarks = 0;
	swap_set_limit(LIMIT);
}

/* One round of the clock's hand over all pages, which were all used. */
static void
count_looks(void)
{
	uint32_t before = policy_looks, i;
	ppn_t frame = resident_hand;
	uint64_t start;

	for (i = 0; i < resident_count; i++, frame = resident_at(frame)->next)
		*mappers_one(frame) |= PTE_A;
	start = read_tsc();
	policies[0].victim();
	look_cost = read_tsc() - start;
	looks = policy_looks - before;
}

void
bench_swap_mark(void)
{
	if (nmarks < ARRAY_SIZE(marks)) {
		marks[nmarks].faults = swap_counts.faults;
		marks[nmarks++].instructions = read_tsc() - idle_instructions;
	}
	if (nmarks == ARRAY_SIZE(marks))
		count_looks();
}

/* Report a part: without what a breakpoint costs, which is the first part. */
static void
part(bench_swap_fn *result, const char *name, int n)
{
	uint32_t total[PARTS], i;

	for (i = 0; i < PARTS; i++)
		total[i] = marks[2 * i + 1].instructions
			- marks[2 * i].instructions;
	result(name, total[n] - total[0],
	       marks[2 * n + 1].faults - marks[2 * n].faults);
}

void
bench_swap_results(bench_swap_fn *result, bool dma)
{
	if (nmarks < ARRAY_SIZE(marks))
		return;
	if (dma) {
		result("swap_look", look_cost, looks);
		part(result, "swap_fault_resident", 1);
	}
	part(result, dma ? "swap_in_dma" : "swap_in_pio", 2);
	part(result, dma ? "swap_out_in_dma" : "swap_out_in_pio", 3);
}
