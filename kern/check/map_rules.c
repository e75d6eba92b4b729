/*
 * Checks of the kernel's map: the tables against the diagram in
 * inc/memlayout.h, read by a walker that shares no code with pmap.c; then real
 * loads and stores. They use only the public interface.
 */

#include <inc/string.h>
#include <inc/x86.h>
#include <kern/check/kernel_map.h>
#include <kern/check/tables.h>
#include <kern/sections.h>

/* --- check_kern_pgdir -------------------------------------------------- */

/* Return the physical address of an address in the kernel image. */
static physaddr_t
image_pa(const void *kva)
{
	return (uintptr_t)kva - KERNBASE;
}

/*
 * Check that the n pages from va on show physical memory from pa on; look()
 * checks what else is expected of them.
 */
static void
expect_shown(uintptr_t va, uint32_t n, physaddr_t pa,
	     void (*look)(const struct vm_range *r))
{
	uint32_t page = PGNUM(va), stop = page + n, at;
	struct vm_range r;

	while (page < stop) {
		at = page;
		EXPECT_THAT(kernel_next_range(&page, stop, &r)
			    && PGNUM(r.va) == at, "mapped in kern_pgdir",
			    "0x%08x is not: %s", at * PGSIZE,
			    vm_region_name(va));
		EXPECT_THAT(r.pa == pa + (r.va - va),
			    "physical memory as in the diagram",
			    "0x%08x shows 0x%08x instead of 0x%08x",
			    r.va, r.pa, pa + (r.va - va));
		if (look)
			look(&r);
	}
}

static void
expect_kernel_only(const struct vm_range *r)
{
	EXPECT_THAT(!(r->flags & PTE_U), "no permissions for users",
		    "users reach 0x%08x: %s", r->va, vm_region_name(r->va));
}

/* Check that the range is writable, except the kernel's text and constants. */
static void
expect_writable(const struct vm_range *r)
{
	uintptr_t va = r->va;

	if (r->flags & PTE_W)
		return;
	if (va >= (uintptr_t)stext && va < (uintptr_t)erodata)
		va = (uintptr_t)erodata;
	EXPECT_THAT(va - r->va >= r->npages * PGSIZE,
		    "writable for the kernel", "0x%08x is read-only: %s",
		    va, vm_region_name(va));
}

static void
window_shows_all_ram(void)
{
	expect_shown(KERNBASE, npages, 0, NULL);
}

static void
window_shows_all_of_256_mib(void)
{
	expect_shown(KERNBASE, KERNWINSIZE / PGSIZE, 0, NULL);
}

static void
window_is_not_for_users(void)
{
	expect_shown(KERNBASE, npages, 0, expect_kernel_only);
}

static void
window_is_writable(void)
{
	expect_shown(KERNBASE, npages, 0, expect_writable);
}

/*
 * The first processor's stack: bootstack mapped again, or (where each processor
 * has its own) another part of the kernel image.
 */
static void
kernel_stack_is_mapped(void)
{
	uintptr_t va = KSTACKTOP - KSTKSIZE;
	struct vm_walk w;

	EXPECT_THAT(vm_walk(kern_pgdir, va, &w), "mapped in kern_pgdir",
		    "0x%08x is not: %s", va, vm_region_name(va));
	EXPECT_THAT(w.pa == image_pa(bootstack)
		    || (FOREIGN && w.pa >= image_pa(stext)
			&& w.pa + KSTKSIZE <= image_pa(end)),
		    "the physical memory of bootstack",
		    "0x%08x shows 0x%08x instead of 0x%08x", va, w.pa,
		    image_pa(bootstack));
	expect_shown(va, KSTKSIZE / PGSIZE, w.pa, expect_kernel_only);
	expect_shown(va, KSTKSIZE / PGSIZE, w.pa, expect_writable);
}

static void
stack_gap_is_not_mapped(void)
{
	uintptr_t va = KSTACKTOP - KSTKSIZE - KSTKGAP;
	struct vm_walk w;

	for (; va < KSTACKTOP - KSTKSIZE; va += PGSIZE)
		EXPECT_THAT(!vm_walk(kern_pgdir, va, &w),
			    "nothing mapped below the kernel stack",
			    "0x%08x shows 0x%08x", va, w.pa);
}

static uint32_t
pages_of_pages(void)
{
	return (npages * sizeof(struct PageInfo) + PGSIZE - 1) / PGSIZE;
}

static void
expect_user_readable(const struct vm_range *r)
{
	EXPECT_THAT(r->flags & PTE_U, "readable for users",
		    "0x%08x is not: %s", r->va, vm_region_name(r->va));
}

static void
expect_read_only(const struct vm_range *r)
{
	EXPECT_THAT(!(r->flags & PTE_W), "read-only for all",
		    "0x%08x is writable: %s", r->va, vm_region_name(r->va));
}

static void
users_see_pages(void)
{
	expect_shown(UPAGES, pages_of_pages(), image_pa(pages),
		     expect_user_readable);
}

static void
users_cannot_write_pages(void)
{
	expect_shown(UPAGES, pages_of_pages(), image_pa(pages),
		     expect_read_only);
}

static void
users_see_nothing_after_pages(void)
{
	uint32_t page = PGNUM(UPAGES) + pages_of_pages();
	struct vm_range r;

	EXPECT_THAT(!kernel_next_range(&page, PGNUM(UVPT), &r),
		    "nothing mapped from the end of the array `pages` to UVPT",
		    "0x%08x shows 0x%08x: users see more than pages", r.va,
		    r.pa);
}

/* Check what is mapped of the n pages from va on. */
static void
expect_cached(uintptr_t va, uint32_t n)
{
	uint32_t page = PGNUM(va), stop = page + n;
	struct vm_range r;

	while (kernel_next_range(&page, stop, &r))
		EXPECT_THAT(!(r.flags & (PTE_PCD | PTE_PWT)),
			    "no PTE_PCD and no PTE_PWT: memory is cached",
			    "flags 0x%x at 0x%08x: %s", r.flags, r.va,
			    vm_region_name(r.va));
}

static void
memory_is_cached(void)
{
	pde_t pde = kern_pgdir[PDX(UVPT)];

	/* Below EXTPHYSMEM are devices, too. */
	expect_cached(KERNBASE + EXTPHYSMEM, npages - PGNUM(EXTPHYSMEM));
	expect_cached(UPAGES, pages_of_pages());
	expect_cached(KSTACKTOP - KSTKSIZE, KSTKSIZE / PGSIZE);
	EXPECT_THAT(!(pde & PTE_P) || !(pde & (PTE_PCD | PTE_PWT)),
		    "no PTE_PCD and no PTE_PWT in the entry for UVPT",
		    "entry 0x%08x", pde);
}

static void
directory_shows_itself(void)
{
	pde_t pde = kern_pgdir[PDX(UVPT)] & ~(PTE_A | PTE_D);

	EXPECT_THAT(PTE_ADDR(pde) == image_pa(kern_pgdir),
		    "the entry for UVPT points to kern_pgdir",
		    "entry 0x%08x, kern_pgdir at 0x%08x", pde,
		    image_pa(kern_pgdir));
	EXPECT_THAT((pde & (PTE_P | PTE_W | PTE_U)) == (PTE_P | PTE_U),
		    "present, user, read-only", "entry 0x%08x", pde);
}

/* Check that no range in [from, to) has all of these permissions. */
static void
expect_no_right(uint32_t from, uint32_t to, uint32_t rights,
		const char *what)
{
	struct vm_range r;

	while (kernel_next_range(&from, to, &r))
		EXPECT_THAT((r.flags & rights) != rights, what,
			    "0x%08x, %u pages: %s", r.va, r.npages,
			    vm_region_name(r.va));
}

static void
users_have_no_right_above_ulim(void)
{
	expect_no_right(PGNUM(ULIM), 1 << 20, PTE_U,
			"no permissions for users at or above ULIM");
}

static void
users_write_nothing_above_utop(void)
{
	expect_no_right(PGNUM(UTOP), PGNUM(ULIM), PTE_U | PTE_W,
			"nothing that users can write above UTOP");
}

static void
nothing_is_mapped_below_utop(void)
{
	expect_no_right(0, PGNUM(UTOP), PTE_P, "nothing mapped below UTOP yet");
}

/* --- check_page_installed_pgdir ---------------------------------------- */

/* A test address; nothing else is mapped there. */
#define VA	UTEMP_VA

static void
processor_uses_kern_pgdir(void)
{
	EXPECT_EQ(PTE_ADDR(first_cr3()), image_pa(kern_pgdir));
	EXPECT_THAT(rcr0() & CR0_PG, "CR0.PG set", "CR0 0x%08x", rcr0());
}

static void
write_protection_is_on(void)
{
	EXPECT_THAT(rcr0() & CR0_WP, "CR0.WP set: the kernel cannot write"
		    " read-only pages",
		    "CR0 0x%08x", rcr0());
}

static struct PageInfo *a, *b;

/* The PTE of VA. */
static pte_t *entry;

/*
 * Make two frames with a word in each, and a table for VA. The table is made by
 * hand, to check only the function under test. The harness removes it.
 */
static void
begin(void)
{
	struct PageInfo *table;

	if (PTE_ADDR(rcr3()) != image_pa(kern_pgdir))
		check_skip("the processor does not use kern_pgdir");
	table = check_frame();
	a = check_frame();
	b = check_frame();
	check_held(a);
	check_held(b);
	check_held(table);
	memset(page2kva(table), 0, PGSIZE);
	table->pp_ref = 1;
	kern_pgdir[PDX(VA)] = page2pa(table) | PTE_P | PTE_W | PTE_U;
	entry = (pte_t *)page2kva(table) + PTX(VA);
	lcr3(rcr3());
	*(uint32_t *)page2kva(a) = 0xAAAAAAAA;
	*(uint32_t *)page2kva(b) = 0xBBBBBBBB;
}

/* Map frame a at VA without page_insert, which may be broken itself. */
static void
map_by_hand(void)
{
	*entry = page2pa(a) | PTE_P | PTE_W;
	a->pp_ref = 1;
	load32(VA);			/* into the TLB */
}

static void
expect_loaded(uint32_t value, const char *what)
{
	uint32_t found = load32(VA);

	EXPECT_THAT(found == value, what, "0x%08x instead of 0x%08x", found,
		    value);
}

static void
loads_and_stores_reach_the_frame(void)
{
	begin();
	page_insert(kern_pgdir, a, (void *)VA, PTE_W);
	expect_loaded(0xAAAAAAAA, "the frame's contents");
	store32(VA, 0x01234567);
	EXPECT_EQ(*(uint32_t *)page2kva(a), 0x01234567);
}

static void
invalidated_translation_is_gone(void)
{
	begin();
	map_by_hand();
	*entry = page2pa(b) | PTE_P | PTE_W;
	foreign_watch(VA, entry, a);
	tlb_invalidate(kern_pgdir, (void *)VA);
	expect_loaded(0xBBBBBBBB, "the page of the changed entry");
	foreign_expect_flush();
}

static void
replaced_page_is_seen_at_once(void)
{
	begin();
	page_insert(kern_pgdir, a, (void *)VA, PTE_W);
	a->pp_ref++;
	load32(VA);
	foreign_watch(VA, entry, a);
	page_insert(kern_pgdir, b, (void *)VA, PTE_W);
	expect_loaded(0xBBBBBBBB, "the new page, not the old one from the TLB");
	foreign_expect_flush();
	store32(VA, 1);
	EXPECT_EQ(*(uint32_t *)page2kva(a), 0xAAAAAAAA);
}

static void
removed_page_is_gone_at_once(void)
{
	begin();
	map_by_hand();
	foreign_watch(VA, entry, a);
	page_remove(kern_pgdir, (void *)VA);
	EXPECT_FAULT(do_load, VA, 0);
	foreign_expect_flush();
}

static void
narrowed_rights_hold_at_once(void)
{
	if (!(rcr0() & CR0_WP))
		check_skip("CR0.WP is clear: the kernel can write every page");
	begin();
	page_insert(kern_pgdir, a, (void *)VA, PTE_W);
	store32(VA, 1);
	foreign_watch(VA, entry, a);
	page_insert(kern_pgdir, a, (void *)VA, 0);
	EXPECT_FAULT(do_store, VA, FEC_PR | FEC_WR);
	foreign_expect_flush();
}

static void
widened_rights_hold_at_once(void)
{
	begin();
	page_insert(kern_pgdir, a, (void *)VA, 0);
	load32(VA);
	page_insert(kern_pgdir, a, (void *)VA, PTE_W);
	store32(VA, 2);
	expect_loaded(2, "the stored value");
}

#if FOREIGN
/* The order of entry, TLB and reference leaves no trace: watch the flush. */
static void
remove_clears_before_it_flushes(void)
{
	begin();
	map_by_hand();
	foreign_watch(VA, entry, a);
	page_remove(kern_pgdir, (void *)VA);
	foreign_expect_written_first();
}

static void
remove_drops_the_reference_last(void)
{
	begin();
	map_by_hand();
	foreign_watch(VA, entry, a);
	page_remove(kern_pgdir, (void *)VA);
	foreign_expect_dropped_last();
}

static void
insert_writes_before_it_flushes(void)
{
	begin();
	page_insert(kern_pgdir, a, (void *)VA, PTE_W);
	a->pp_ref++;
	foreign_watch(VA, entry, a);
	page_insert(kern_pgdir, a, (void *)VA, 0);
	foreign_expect_written_first();
	foreign_watch(VA, entry, a);
	page_insert(kern_pgdir, b, (void *)VA, 0);
	foreign_expect_written_first();
}
#endif

static void
page_0_is_not_mapped(void)
{
	EXPECT_FAULT(do_load, 0, 0);
	EXPECT_FAULT(do_store, PGSIZE - 4, FEC_WR);
}

static void
overflowing_stack_faults(void)
{
	EXPECT_FAULT(do_store, KSTACKTOP - KSTKSIZE - 4, FEC_WR);
	EXPECT_FAULT(do_store, KSTACKTOP - KSTKSIZE - KSTKGAP, FEC_WR);
}

/* Store with EFLAGS.AC set, so that SMAP allows it and only W can refuse. */
static void
store_to_user_page(void *va)
{
	write_eflags(read_eflags() | FL_AC);
	store32((uintptr_t)va, 0);
}

static void
pages_and_tables_cannot_be_written(void)
{
	EXPECT_FAULT(store_to_user_page, UPAGES, FEC_PR | FEC_WR);
	EXPECT_FAULT(store_to_user_page, UVPT + PDX(UVPT) * PGSIZE,
		     FEC_PR | FEC_WR);
}

const struct check map_checks[] = {
	RULE(KERN_PGDIR, window_shows_all_ram, "mem_init",
	     "the window at KERNBASE maps all physical memory in order"),
	ADVICE(KERN_PGDIR, window_shows_all_of_256_mib, "mem_init",
	       "the window at KERNBASE extends to 4 GiB"),
	RULE(KERN_PGDIR, window_is_not_for_users, "mem_init",
	     "M1: users cannot access the window at KERNBASE"),
	RULE(KERN_PGDIR, window_is_writable, "mem_init",
	     "the window at KERNBASE is writable, except perhaps the text"),
	RULE(KERN_PGDIR, kernel_stack_is_mapped, "mem_init",
	     "the whole kernel stack is mapped below KSTACKTOP"),
	RULE(KERN_PGDIR, stack_gap_is_not_mapped, "mem_init",
	     "M2: the gap below the kernel stack is not mapped"),
	RULE(KERN_PGDIR, users_see_pages, "mem_init",
	     "users can read pages at UPAGES"),
	RULE(KERN_PGDIR, users_cannot_write_pages, "mem_init",
	     "M1: pages is read-only at UPAGES"),
	ADVICE(KERN_PGDIR, users_see_nothing_after_pages, "mem_init",
	       "M1: UPAGES maps pages and nothing else"),
	RULE(KERN_PGDIR, memory_is_cached, "mem_init",
	     "mem_init maps memory without PTE_PCD and PTE_PWT"),
	RULE(KERN_PGDIR, directory_shows_itself, "mem_init",
	     "M3: UVPT maps the directory itself, readable for users"),
	RULE(KERN_PGDIR, users_have_no_right_above_ulim, "mem_init",
	     "M1: users have no permissions at or above ULIM"),
	RULE(KERN_PGDIR, users_write_nothing_above_utop, "mem_init",
	     "M1: users cannot write between UTOP and ULIM"),
	RULE(KERN_PGDIR, nothing_is_mapped_below_utop, "mem_init",
	     "nothing is mapped below UTOP at boot"),
	RULE(INSTALLED_PGDIR, processor_uses_kern_pgdir, "mem_init",
	     "CR3 holds kern_pgdir, and paging is on"),
	RULE(INSTALLED_PGDIR, write_protection_is_on, "mem_init",
	     "CR0.WP is set, so the kernel cannot write read-only pages"),
	RULE(INSTALLED_PGDIR, loads_and_stores_reach_the_frame, "page_insert",
	     "page_insert: loads and stores reach the frame"),
	RULE(INSTALLED_PGDIR, invalidated_translation_is_gone, "tlb_invalidate",
	     "tlb_invalidate: the processor reads the changed entry"),
	RULE(INSTALLED_PGDIR, replaced_page_is_seen_at_once, "page_insert",
	     "T1: page_insert leaves no stale translation in the TLB"),
	RULE(INSTALLED_PGDIR, removed_page_is_gone_at_once, "page_remove",
	     "T1: page_remove leaves no stale translation in the TLB"),
	RULE(INSTALLED_PGDIR, narrowed_rights_hold_at_once, "page_insert",
	     "T1: page_insert with fewer permissions takes effect at once"),
	RULE(INSTALLED_PGDIR, widened_rights_hold_at_once, "page_insert",
	     "page_insert with more permissions takes effect at once"),
#if FOREIGN
	RULE(INSTALLED_PGDIR, remove_clears_before_it_flushes, "page_remove",
	     "T1: page_remove clears the entry before it invalidates the TLB"),
	ADVICE(INSTALLED_PGDIR, remove_drops_the_reference_last, "page_remove",
	       "T1: page_remove drops the reference after it has invalidated"
	       " the TLB"),
	ADVICE(INSTALLED_PGDIR, insert_writes_before_it_flushes, "page_insert",
	       "T1: page_insert writes the entry before it invalidates the"
	       " TLB"),
#endif
	RULE(INSTALLED_PGDIR, page_0_is_not_mapped, "mem_init",
	     "a null pointer faults"),
	RULE(INSTALLED_PGDIR, overflowing_stack_faults, "mem_init",
	     "M2: a store below the kernel stack faults"),
	RULE(INSTALLED_PGDIR, pages_and_tables_cannot_be_written, "mem_init",
	     "M1: stores to UPAGES and UVPT fault"),
	CHECK_TABLE_END
};
