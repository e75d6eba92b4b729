/*
 * Address translation as the processor does it (SDM 3A 4.3, 4.10), written
 * independently of pmap.c.
 *
 * The TLB keeps every translation until INVLPG. INVLPG then loads the current
 * translation at once, as a processor may do at any time. So an INVLPG before
 * the entry has changed, or no INVLPG, leaves a stale translation. A frame
 * that is freed before the INVLPG is detected, because it can still be
 * reached.
 *
 * Limits: one processor; a CR3 load empties the TLB of global pages too.
 */

#include <inc/x86.h>
#include <kern/pmap.h>

#include "host.h"
#include "machine.h"
#include "mmu.h"
#include "model.h"

#define TLB_SIZE	48

static struct cached {
	bool valid;
	uint32_t va;
	struct translation to;
} tlb[TLB_SIZE];
static int tlb_next;

physaddr_t mmu_dir;
int mmu_watched;
static uint32_t watched_va;

#define KEPT_FLAGS	(PTE_PWT | PTE_PCD | PTE_G)

bool
mmu_walk(physaddr_t dir, uint32_t va, struct translation *t)
{
	uint32_t upper = *machine_word(dir + (va >> 22) * 4), lower;

	if (!(upper & PTE_P))
		return false;
	if (upper & PTE_PS) {
		*t = (struct translation) {
			.pa = upper & 0xFFC00000U, .large = true,
			.flags = upper & (PTE_W | PTE_U | KEPT_FLAGS),
		};
		return true;
	}
	/* A directory entry that a test planted: no memory is there. */
	if (upper >> 12 >= npages)
		return false;
	lower = *machine_word((upper & 0xFFFFF000U) + (va >> 12 & 0x3FF) * 4);
	if (!(lower & PTE_P))
		return false;
	*t = (struct translation) {
		.pa = lower & 0xFFFFF000U, .large = false,
		.flags = (upper & lower & (PTE_W | PTE_U))
			| (lower & KEPT_FLAGS),
	};
	return true;
}

/* True if va is in the page of this translation. */
static bool
covers(const struct cached *c, uint32_t va)
{
	return c->valid && !((c->va ^ va) >> (c->to.large ? 22 : 12));
}

static void
keep(uint32_t va)
{
	struct translation t;
	int i;

	if (!mmu_walk(mmu_dir, va, &t))
		return;
	for (i = 0; i < TLB_SIZE; i++)
		if (covers(&tlb[i], va))
			return;
	tlb[tlb_next] = (struct cached) { true, va, t };
	tlb_next = (tlb_next + 1) % TLB_SIZE;
}

/* Set the accessed and dirty bits, as the processor does in a walk. */
static void
mark(uint32_t va, bool write)
{
	uint32_t *upper = machine_word(mmu_dir + (va >> 22) * 4), *lower;

	*upper |= PTE_A;
	if (*upper & PTE_PS) {
		*upper |= write ? PTE_D : 0;
		return;
	}
	lower = machine_word((*upper & 0xFFFFF000U) + (va >> 12 & 0x3FF) * 4);
	*lower |= PTE_A | (write ? PTE_D : 0);
}

void
mmu_access(uint32_t va, bool write)
{
	struct translation t;

	if (!mmu_walk(mmu_dir, va, &t) || (write && !(t.flags & PTE_W)))
		return;
	keep(va);
	mark(va, write);
}

/* Fail if the frame at va has been freed before va is flushed. */
static void
check_still_held(const struct cached *c, uint32_t va)
{
	ppn_t n = c->to.pa >> 12;

	if (c->to.large)
		n += va >> 12 & 0x3FF;
	if (n >= npages || model.state[n] != PG_USED)
		return;
	if (pages[n].pp_state != PG_USED || pages[n].pp_ref < model.ref[n])
		fail("invlpg", "comes before the reference is dropped (T1)",
		     "the frame is still counted when INVLPG is executed",
		     "va 0x%08x, frame 0x%x: count %u, was %u", va, n,
		     pages[n].pp_ref, model.ref[n]);
}

void
invlpg(const void *addr)
{
	uint32_t va = (uintptr_t)addr;
	bool found = false;
	int i;

	mmu_watched += va >> 12 == watched_va >> 12;
	for (i = 0; i < TLB_SIZE; i++)
		if (covers(&tlb[i], va)) {
			check_still_held(&tlb[i], va);
			tlb[i].valid = false;
			found = true;
		}
	if (found)
		keep(va);
}

void
lcr3(uint32_t val)
{
	clear(tlb, sizeof(tlb));
	mmu_dir = val;
}

void
mmu_reset(void)
{
	lcr3(0);
	tlb_next = 0;
}

void
mmu_watch(uint32_t va)
{
	watched_va = va;
	mmu_watched = 0;
}

void
mmu_check(const char *after)
{
	struct translation t;
	const struct cached *c;

	for (c = tlb; c < tlb + TLB_SIZE; c++) {
		if (!c->valid)
			continue;
		if (mmu_walk(mmu_dir, c->va, &t) && t.pa == c->to.pa
		    && t.flags == c->to.flags && t.large == c->to.large)
			continue;
		if (!mmu_walk(mmu_dir, c->va, &t))
			t = (struct translation) { 0 };
		fail(after, "no translation in the TLB is left stale",
		     "the TLB agrees with the tables",
		     "va 0x%08x: TLB 0x%08x flags 0x%03x%s,"
		     " tables 0x%08x flags 0x%03x%s", c->va, c->to.pa,
		     c->to.flags, c->to.large ? " 4M" : "", t.pa, t.flags,
		     t.large ? " 4M" : "");
	}
}
