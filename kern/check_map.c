/*
 * Checks of the kernel's map: the tables against the diagram, page by page, by
 * a walker that shares no code with pmap.c; and then what the processor makes
 * of them, by real loads and stores.
 */

#include <inc/string.h>
#include <inc/x86.h>
#include <kern/check.h>
#include <kern/cpuid.h>
#include <kern/map.h>
#include <kern/page.h>
#include <kern/vmwalk.h>

/* --- check_kern_pgdir -------------------------------------------------- */

/* What the diagram says of a page; rights 0: not mapped. */
struct expected {
	uint32_t rights;
	physaddr_t pa;
};

static struct expected
expected_at(uintptr_t va)
{
	struct expected none = { 0, 0 };
	uintptr_t stack = KSTACKTOP - KSTKSIZE;

	if (va >= KERNBASE)
		return (struct expected) {
			va >= (uintptr_t)stext && va < (uintptr_t)erodata
			? PTE_P : PTE_P | PTE_W, va - KERNBASE
		};
	if (va >= stack && va < KSTACKTOP)
		return (struct expected) {
			PTE_P | PTE_W, PADDR(bootstack) + (va - stack)
		};
	if (va >= UPAGES && va - UPAGES
	    < ROUNDUP(npages * sizeof(struct PageInfo), PGSIZE))
		return (struct expected) {
			PTE_P | PTE_U, PADDR(pages) + (va - UPAGES)
		};
	return none;
}

static void
expect_page(uintptr_t va)
{
	struct expected e = expected_at(va);
	struct vm_walk w;
	char is[16], should[16];

	vm_walk(kern_pgdir, va, &w);
	EXPECT(w.rights == e.rights, "0x%08x is %s, should be %s: %s", va,
	       vm_rights_text(w.rights, is), vm_rights_text(e.rights, should),
	       vm_region_name(va));
	EXPECT(!e.rights || w.pa == e.pa,
	       "0x%08x translates to 0x%08x, not 0x%08x", va, w.pa, e.pa);
}

/* Every page; behind an absent or large entry, its first and last will do. */
static void
each_page_is_as_in_the_diagram(void)
{
	uint32_t i, j;
	uintptr_t va;

	for (i = 0; i < NPDENTRIES; i++) {
		va = i << PDXSHIFT;
		if (i == PDX(UVPT) || (va < UTOP && !kern_pgdir[i]))
			continue;
		/* Whatever devices there are. */
		if (i == PDX(MMIOBASE) && mmio_next != MMIOBASE)
			continue;
		if ((kern_pgdir[i] & (PTE_P | PTE_PS)) == PTE_P) {
			for (j = 0; j < NPTENTRIES; j++)
				expect_page(va + j * PGSIZE);
			continue;
		}
		expect_page(va);
		expect_page(va + PTSIZE - PGSIZE);
	}
}

static void
nothing_is_mapped_for_users_yet(void)
{
	uint32_t page = 0;
	struct vm_range r;

	EXPECT(!vm_next_range(kern_pgdir, &page, PGNUM(UTOP), &r),
	       "0x%08x mapped, below UTOP", r.va);
}

static void
directory_shows_itself(void)
{
	EXPECT_EQ(kern_pgdir[PDX(UVPT)] & ~(PTE_A | PTE_D),
		  PADDR(kern_pgdir) | PTE_P | PTE_U);
}

static void
users_have_no_right_above_ulim(void)
{
	uint32_t page = PGNUM(ULIM);
	struct vm_range r;

	while (vm_next_range(kern_pgdir, &page, 1 << 20, &r))
		EXPECT(!(r.flags & PTE_U), "users reach 0x%08x", r.va);
}

static void
stack_gaps_are_not_mapped(void)
{
	uint32_t page = PGNUM(MMIOLIM);
	struct vm_range r = { .va = 0 };

	vm_next_range(kern_pgdir, &page, PGNUM(KSTACKTOP), &r);
	EXPECT_EQ(r.va, KSTACKTOP - KSTKSIZE);
}

/* --- check_page_installed_pgdir ---------------------------------------- */

/* Addresses for a while; nothing else is there. */
#define VA	((uintptr_t)UTEMP)

static void
do_load(void *va)
{
	load32((uintptr_t)va);
}

static void
do_store(void *va)
{
	store32((uintptr_t)va, 0);
}

static void
processor_uses_our_directory(void)
{
	EXPECT_EQ(PTE_ADDR(rcr3()), PADDR(kern_pgdir));
	EXPECT(rcr0() & CR0_PG, "CR0 0x%08x", rcr0());
	EXPECT(rcr0() & CR0_WP, "CR0 0x%08x: read-only binds no kernel",
	       rcr0());
	EXPECT(!(rcr0() & (CR0_EM | CR0_TS)), "CR0 0x%08x", rcr0());
	if (!cpu_features.pse)
		return;			/* there may be no CR4 */
	EXPECT_EQ((rcr4() & CR4_PSE) != 0, cpu_features.pse);
	EXPECT_EQ((rcr4() & CR4_PGE) != 0, cpu_features.pge);
	EXPECT_EQ((rcr4() & CR4_SMEP) != 0, cpu_features.smep);
	EXPECT_EQ((rcr4() & CR4_SMAP) != 0, cpu_features.smap);
}

/* Two frames, and a table for VA that goes again with the last check. */
static struct PageInfo *a, *b;

static void
begin(void)
{
	a = page_alloc(ALLOC_ZERO);
	b = page_alloc(ALLOC_ZERO);
	EXPECT(a && b, "no frames");
	*(uint32_t *)page2kva(a) = 0xAAAAAAAA;
	*(uint32_t *)page2kva(b) = 0xBBBBBBBB;
}

static void
finish(void)
{
	page_remove(kern_pgdir, (void *)VA);
	if (a->pp_state == PG_USED && !a->pp_ref)
		page_free(a);
	if (b->pp_state == PG_USED && !b->pp_ref)
		page_free(b);
	page_decref(pa2page(PTE_ADDR(kern_pgdir[PDX(VA)])));
	kern_pgdir[PDX(VA)] = 0;
	invlpg((void *)VA);
}

static void
stores_reach_the_frame(void)
{
	begin();
	page_insert(kern_pgdir, a, (void *)VA, PTE_W);
	EXPECT_EQ(load32(VA), 0xAAAAAAAA);
	store32(VA, 0x01234567);
	EXPECT_EQ(*(uint32_t *)page2kva(a), 0x01234567);
	finish();
}

static void
replaced_page_is_seen_at_once(void)
{
	begin();
	page_insert(kern_pgdir, a, (void *)VA, PTE_W);
	a->pp_ref++;
	EXPECT_EQ(load32(VA), 0xAAAAAAAA);
	page_insert(kern_pgdir, b, (void *)VA, PTE_W);
	EXPECT_EQ(load32(VA), 0xBBBBBBBB);
	store32(VA, 1);
	EXPECT_EQ(*(uint32_t *)page2kva(a), 0xAAAAAAAA);
	page_decref(a);
	finish();
}

static void
removed_page_is_gone_at_once(void)
{
	begin();
	page_insert(kern_pgdir, a, (void *)VA, PTE_W);
	load32(VA);
	page_remove(kern_pgdir, (void *)VA);
	EXPECT_FAULT(do_load, VA, 0);
	finish();
}

static void
narrowed_rights_hold_at_once(void)
{
	begin();
	page_insert(kern_pgdir, a, (void *)VA, PTE_W);
	store32(VA, 1);
	page_insert(kern_pgdir, a, (void *)VA, 0);
	EXPECT_EQ(load32(VA), 1);
	EXPECT_FAULT(do_store, VA, FEC_PR | FEC_WR);
	page_insert(kern_pgdir, a, (void *)VA, PTE_W);
	store32(VA, 2);
	EXPECT_EQ(load32(VA), 2);
	finish();
}

static void
user_pages_are_closed_to_a_smap_kernel(void)
{
	if (!cpu_features.smap)
		return;			/* nothing to see on this processor */
	begin();
	page_insert(kern_pgdir, a, (void *)VA, PTE_W | PTE_U);
	EXPECT_FAULT(do_load, VA, FEC_PR);
	finish();
}

static void
text_and_constants_cannot_be_written(void)
{
	EXPECT_FAULT(do_store, (uintptr_t)stext, FEC_PR | FEC_WR);
	EXPECT_FAULT(do_store, (uintptr_t)etext, FEC_PR | FEC_WR);
	EXPECT_FAULT(do_store, (uintptr_t)erodata - 4, FEC_PR | FEC_WR);
}

static void
null_and_guard_gap_fault(void)
{
	EXPECT_FAULT(do_load, 0, 0);
	EXPECT_FAULT(do_store, PGSIZE - 4, FEC_WR);
	EXPECT_FAULT(do_store, KSTACKTOP - KSTKSIZE - 4, FEC_WR);
	EXPECT_FAULT(do_store, KSTACKTOP - KSTKSIZE - KSTKGAP, FEC_WR);
}

static void
windows_cannot_be_written(void)
{
	/* With SMAP, AC lets the kernel in: only W is left to refuse. */
	write_eflags(read_eflags() | (cpu_features.smap ? FL_AC : 0));
	EXPECT_FAULT(do_store, UPAGES, FEC_PR | FEC_WR);
	EXPECT_FAULT(do_store, UVPT + PDX(UVPT) * PGSIZE, FEC_PR | FEC_WR);
	write_eflags(read_eflags() & ~FL_AC);
}

const struct check map_checks[] = {
#define C(name, rule) { "check_kern_pgdir", #name, rule, name }
	C(each_page_is_as_in_the_diagram,
	  "M1, M2: effective rights and frame of every page above UTOP"),
	C(nothing_is_mapped_for_users_yet, "no mapping below UTOP at boot"),
	C(directory_shows_itself,
	  "M3: UVPT is the directory itself, readable for users"),
	C(users_have_no_right_above_ulim, "M1: no user right above ULIM"),
	C(stack_gaps_are_not_mapped, "M2: below the kernel stack is a gap"),
#undef C
#define C(name, rule) { "check_page_installed_pgdir", #name, rule, name }
	C(processor_uses_our_directory,
	  "CR3 is kern_pgdir; paging and write protection are on"),
	C(stores_reach_the_frame, "page_insert: loads and stores get there"),
	C(replaced_page_is_seen_at_once,
	  "T1: after page_insert no stale translation is left"),
	C(removed_page_is_gone_at_once,
	  "T1: after page_remove no stale translation is left"),
	C(narrowed_rights_hold_at_once,
	  "T1: after a change of rights no stale ones are left"),
	C(user_pages_are_closed_to_a_smap_kernel,
	  "SMAP, where it is: the kernel cannot touch user pages"),
	C(text_and_constants_cannot_be_written,
	  "M2: text and constants are read-only to the kernel too"),
	C(null_and_guard_gap_fault, "page 0 and the stack gap fault"),
	C(windows_cannot_be_written,
	  "M1: pages and page tables cannot be written through UPAGES, UVPT"),
#undef C
	{ NULL, NULL, NULL, NULL }
};
