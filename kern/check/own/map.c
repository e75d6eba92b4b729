/*
 * Checks of this kernel's own promises for its map: every page as in the
 * diagram, read-only text, and the processor's features in use.
 */

#include <inc/string.h>
#include <inc/x86.h>
#include <kern/check/kernel_map.h>
#include <kern/check/tables.h>
#include <kern/cpuid.h>
#include <kern/env.h>
#include <kern/sections.h>
#include <kern/vmwalk.h>

/* A region of the diagram. */
struct region {
	uintptr_t va;
	uint32_t npages;
	physaddr_t pa;
	uint32_t rights;	/* 0: not mapped */
};

#define ANYTHING	UINT32_MAX	/* as rights: not looked at */

/* Return what the diagram has at a page, and the pages after it. */
static struct region
expected_from(uint32_t page)
{
	uint32_t before = PGNUM(PADDR(stext));
	uint32_t text = PGNUM(PADDR(erodata)) - before;
	const struct region regions[] = {
		{ UENVS, PGNUM(ROUNDUP(NENV * sizeof(struct Env), PGSIZE)),
		  PADDR(envs), PTE_P | PTE_U },
		{ UPAGES, PGNUM(ROUNDUP(npages * sizeof(struct PageInfo),
					PGSIZE)), PADDR(pages), PTE_P | PTE_U },
		{ UVPT, NPTENTRIES, 0, ANYTHING },
		/* Devices, if there are any. */
		{ MMIOBASE, NPTENTRIES, 0,
		  mmio_next == MMIOBASE ? 0 : ANYTHING },
		{ DFSTACKTOP - KSTKSIZE, PGNUM(KSTKSIZE), PADDR(df_stack),
		  PTE_P | PTE_W },
		{ KSTACKTOP - KSTKSIZE, PGNUM(KSTKSIZE), PADDR(bootstack),
		  PTE_P | PTE_W },
		{ KERNBASE, before, 0, PTE_P | PTE_W },
		{ (uintptr_t)stext, text, PADDR(stext), PTE_P },
		{ (uintptr_t)erodata, PGNUM(KERNWINSIZE) - before - text,
		  PADDR(erodata), PTE_P | PTE_W },
	}, *r;
	uint32_t skip;

	for (r = regions; r < regions + ARRAY_SIZE(regions); r++) {
		if (page < PGNUM(r->va))
			return (struct region) {
				page * PGSIZE, PGNUM(r->va) - page, 0, 0
			};
		skip = page - PGNUM(r->va);
		if (skip < r->npages)
			return (struct region) {
				page * PGSIZE, r->npages - skip,
				r->pa + skip * PGSIZE, r->rights
			};
	}
	return (struct region) { page * PGSIZE, (1 << 20) - page, 0, 0 };
}

/* Check the pages from r->va on that are alike. Returns their number. */
static uint32_t
expect_pages(const struct region *e)
{
	uint32_t first = PGNUM(e->va), page = first;
	char is[16], should[16];
	struct vm_range r;

	if (!kernel_next_range(&page, first + e->npages, &r))
		r = (struct vm_range) { e->va, e->npages, 0, 0 };
	else if (r.va != e->va)
		r = (struct vm_range) { e->va, PGNUM(r.va) - first, 0, 0 };
	r.flags &= PTE_P | PTE_W | PTE_U;
	EXPECT(r.flags == e->rights, "0x%08x is %s, should be %s: %s", e->va,
	       vm_rights_text(r.flags, is), vm_rights_text(e->rights, should),
	       vm_region_name(e->va));
	EXPECT(!e->rights || r.pa == e->pa,
	       "0x%08x translates to 0x%08x, not 0x%08x", e->va, r.pa, e->pa);
	return r.npages;
}

static void
each_page_is_as_in_the_diagram(void)
{
	struct region e;
	uint32_t page = 0;

	while (page < 1 << 20) {
		e = expected_from(page);
		page += e.rights == ANYTHING ? e.npages : expect_pages(&e);
	}
}

/* Pages that the processor can share between address spaces, and others. */
static void
kernel_pages_are_global(void)
{
	uint32_t page;
	struct vm_range r;

	for (page = cpu_features.pge ? 1 << 20 : 0;
	     kernel_next_range(&page, 1 << 20, &r); )
		EXPECT_THAT(!(r.flags & PTE_G), "no global pages, as this"
			    " processor has none", "0x%08x: flags 0x%x", r.va,
			    r.flags);
	if (!cpu_features.pge)
		return;
	for (page = PGNUM(UTOP);
	     kernel_next_range(&page, PGNUM(UVPT), &r); )
		EXPECT_THAT(!(r.flags & PTE_G), "user-readable pages are not"
			    " global", "0x%08x: flags 0x%x", r.va, r.flags);
	/*
	 * UVPT's entry also serves as a PTE, which differs in each directory.
	 */
	EXPECT_EQ(kern_pgdir[PDX(UVPT)] & PTE_G, 0);
	for (page = PGNUM(MMIOLIM);
	     kernel_next_range(&page, 1 << 20, &r); )
		EXPECT_THAT(r.flags & PTE_G, "the kernel's own pages global",
			    "0x%08x: flags 0x%x", r.va, r.flags);
}

static void
large_pages_save_tables(void)
{
	uint32_t i, large = 0;

	for (i = 0; i < NPDENTRIES; i++)
		large += (kern_pgdir[i] & (PTE_P | PTE_PS)) == (PTE_P | PTE_PS);
	if (!cpu_features.pse) {
		EXPECT_THAT(!large, "no 4 MiB pages, as this processor has"
			    " none", "%u", large);
		return;
	}
	/* Only the 4 MiB with the kernel's text need a table. */
	EXPECT_THAT(large >= NPDENTRIES - PDX(KERNBASE) - 1,
		    "4 MiB pages for all of the window but its first",
		    "%u of %u", large, NPDENTRIES - PDX(KERNBASE));
}

static void
processor_features_are_in_use(void)
{
	EXPECT_EQ((rcr0() & CR0_EM) == 0, cpu_features.fpu);
	if (!cpu_features.pse)
		check_skip("this processor may have no CR4");
	EXPECT_EQ((rcr4() & CR4_PSE) != 0, cpu_features.pse);
	EXPECT_EQ((rcr4() & CR4_PGE) != 0, cpu_features.pge);
	EXPECT_EQ((rcr4() & CR4_SMEP) != 0, cpu_features.smep);
	EXPECT_EQ((rcr4() & CR4_SMAP) != 0, cpu_features.smap);
}

/* --- Loads and stores --------------------------------------------------- */

static void
user_pages_are_closed_to_a_smap_kernel(void)
{
	struct PageInfo *pp;
	pde_t before = kern_pgdir[PDX(UTEMP)];

	if (!cpu_features.smap)
		check_skip("this processor has no SMAP");
	pp = page_alloc(0);
	EXPECT_THAT(pp, "a frame", "NULL");
	check_held(pp);
	page_insert(kern_pgdir, pp, UTEMP, PTE_W | PTE_U);
	if (!before)
		check_hold_table(UTEMP_VA);
	EXPECT_FAULT(do_load, UTEMP_VA, FEC_PR);
}

/* Tables and directories have a reference from the start. */
static void
used_frames_are_referenced(void)
{
	ppn_t n;

	NEED_NO_SWAP();
	for (n = 0; n < npages; n++)
		EXPECT_THAT(pages[n].pp_state != PG_USED || pages[n].pp_ref,
			    "a reference to each used frame",
			    "frame 0x%08x is used and has no reference",
			    n * PGSIZE);
}

static void
interrupts_stay_off(void)
{
	EXPECT_THAT(!(check_outer_flags & FL_IF), "EFLAGS.IF clear outside of"
		    " checks", "EFLAGS 0x%08x", check_outer_flags);
}

static void
text_and_constants_cannot_be_written(void)
{
	EXPECT_FAULT(do_store, (uintptr_t)stext, FEC_PR | FEC_WR);
	EXPECT_FAULT(do_store, (uintptr_t)etext, FEC_PR | FEC_WR);
	EXPECT_FAULT(do_store, (uintptr_t)erodata - 4, FEC_PR | FEC_WR);
}

static void
do_must_run(void *pgdir)
{
	vm_must_run(pgdir);
}

static void
a_map_without_the_kernel_is_refused(void)
{
	struct PageInfo *pp = page_alloc(0);
	pde_t *map, *text;

	EXPECT(pp, "a frame for a copy of the directory");
	map = page2kva(pp);
	memcpy(map, kern_pgdir, PGSIZE);
	text = &map[PDX(stext)];
	vm_must_run(map);

	*text = 0;
	EXPECT_PANIC(do_must_run, map);
	/* The 4 MiB after those of the kernel. */
	*text = kern_pgdir[PDX(stext) + 1];
	EXPECT_PANIC(do_must_run, map);
	*text = kern_pgdir[PDX(stext)] & ~PTE_W;
	EXPECT_PANIC(do_must_run, map);
	page_free(pp);
}

const struct check own_map_checks[] = {
	OWN(KERN_PGDIR, each_page_is_as_in_the_diagram, "mem_init",
	    "M1, M2: every page above UTOP has the right permissions and"
	    " frame"),
	OWN(KERN_PGDIR, kernel_pages_are_global, "mem_init",
	    "the kernel's own pages are global if the processor supports it"),
	OWN(KERN_PGDIR, large_pages_save_tables, "mem_init",
	    "the window uses 4 MiB pages if the processor supports them"),
	OWN(KERN_PGDIR, a_map_without_the_kernel_is_refused, "mem_init",
	    "a directory in which the kernel cannot run is never loaded"),
	OWN(INSTALLED_PGDIR, processor_features_are_in_use, "mem_init",
	    "CR0 and CR4 match the features that CPUID reports"),
	OWN(INSTALLED_PGDIR, user_pages_are_closed_to_a_smap_kernel, "mem_init",
	    "with SMAP, the kernel cannot access user pages"),
	OWN(INSTALLED_PGDIR, interrupts_stay_off, "mem_init",
	    "mem_init leaves interrupts disabled"),
	OWN(INSTALLED_PGDIR, text_and_constants_cannot_be_written, "mem_init",
	    "M2: text and constants are read-only to the kernel, too"),
	LONG_OWN(INSTALLED_PGDIR, used_frames_are_referenced, "mem_init",
		 "mem_init: every frame that it allocates is referenced"),
	CHECK_TABLE_END
};
