/*
 * The flushes of one page by the file under test, for checks of tlb_invalidate
 * and of its callers.
 *
 * The processor's behaviour is not enough. If the window has 4 MiB pages,
 * QEMU drops all translations at an invlpg of any address in it. And a flush
 * that comes before the entry has changed works as long as nothing reads the
 * page in between; a real processor may read it at any time (SDM 3A 4.10.2.3).
 *
 * Limit: instructions in the file's own assembly are not seen. Without any
 * flush that is seen, only the processor's behaviour counts.
 */

#include <inc/mmu.h>
#include <kern/check/expect.h>
#include <kern/check/interface.h>
#include <kern/vmwalk.h>
#include "flushes.h"

static struct {
	uintptr_t va;
	const pte_t *entry;
	const struct PageInfo *pp;
	uint32_t refs;		/* pp's count when the watch began */
	bool others;		/* flushes of other pages only */
	uintptr_t other;	/* the last of them */
	bool seen;		/* a flush of the page; at the last one: */
	pte_t entry_seen;
	uint32_t refs_seen;
} watch;

void
foreign_watch(uintptr_t va, const pte_t *entry, const struct PageInfo *pp)
{
	watch.va = va;
	watch.entry = entry;
	watch.pp = pp;
	watch.refs = pp->pp_ref;
	watch.others = watch.seen = false;
}

void
flush_of_all(void)
{
	if (!watch.entry)
		return;
	watch.seen = true;
	watch.entry_seen = *watch.entry;
	watch.refs_seen = watch.pp->pp_ref;
}

void
flush_of_page(uintptr_t va)
{
	if (PGNUM(va) == PGNUM(watch.va)) {
		flush_of_all();
		return;
	}
	watch.others = true;
	watch.other = va;
}

void
foreign_expect_flush(void)
{
	EXPECT_THAT(watch.seen || !watch.others, "a flush of the page itself",
		    "invlpg of 0x%08x (%s), and not of 0x%08x", watch.other,
		    vm_region_name(watch.other), watch.va);
}

static void
need_flush(void)
{
	if (!watch.seen)
		check_skip("no flush of the page was seen");
}

void
foreign_expect_written_first(void)
{
	pte_t is = *watch.entry & ~(PTE_A | PTE_D);
	pte_t was = watch.entry_seen & ~(PTE_A | PTE_D);

	need_flush();
	EXPECT_THAT(!(was & PTE_P) || was == is, "a flush after the entry has"
		    " changed", "the entry was 0x%08x at the last flush, and is"
		    " 0x%08x", was, is);
}

void
foreign_expect_dropped_last(void)
{
	need_flush();
	EXPECT_THAT(watch.refs_seen == watch.refs, "the flush first, then the"
		    " reference", "pp_ref was %u at the flush, and %u before"
		    " the call", watch.refs_seen, watch.refs);
}
