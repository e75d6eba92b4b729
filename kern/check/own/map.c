/*
 * Checks of what our map promises beyond the public interface: every page as in
 * the diagram, read-only text, and the processor's features in use.
 */

#include <inc/x86.h>
#include <kern/check/tables.h>
#include <kern/cpuid.h>
#include <kern/env.h>
#include <kern/sections.h>
#include <kern/vmwalk.h>

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
	if (va >= UENVS && va - UENVS
	    < ROUNDUP(NENV * sizeof(struct Env), PGSIZE))
		return (struct expected) {
			PTE_P | PTE_U, PADDR(envs) + (va - UENVS)
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

/* What the processor can share between address spaces, and what not. */
static void
kernel_pages_are_global(void)
{
	uint32_t page;
	struct vm_range r;

	for (page = cpu_features.pge ? 1 << 20 : 0;
	     vm_next_range(kern_pgdir, &page, 1 << 20, &r); )
		EXPECT_THAT(!(r.flags & PTE_G), "no global pages, as this"
			    " processor has none", "0x%08x: flags 0x%x", r.va,
			    r.flags);
	if (!cpu_features.pge)
		return;
	for (page = PGNUM(UTOP);
	     vm_next_range(kern_pgdir, &page, PGNUM(UVPT), &r); )
		EXPECT_THAT(!(r.flags & PTE_G), "user-readable pages are not"
			    " global", "0x%08x: flags 0x%x", r.va, r.flags);
	/* As an entry of a table, too: it shows each directory's own. */
	EXPECT_EQ(kern_pgdir[PDX(UVPT)] & PTE_G, 0);
	for (page = PGNUM(MMIOLIM);
	     vm_next_range(kern_pgdir, &page, 1 << 20, &r); )
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
	/* Only what shares 4 MiB with the kernel's text needs a table. */
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
	page_insert(kern_pgdir, pp, (void *)UTEMP, PTE_W | PTE_U);
	if (!before)
		check_held(pa2page(PTE_ADDR(kern_pgdir[PDX(UTEMP)])));
	EXPECT_FAULT(do_load, UTEMP, FEC_PR);
}

/* Tables and directories have their references from the start. */
static void
no_frame_is_held_by_nobody(void)
{
	ppn_t n;

	for (n = 0; n < npages; n++)
		EXPECT_THAT(pages[n].pp_state != PG_USED || pages[n].pp_ref,
			    "a reference to each frame that is used",
			    "frame 0x%08x is used, and nothing refers to it",
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

const struct check own_map_checks[] = {
#define C(name, rule)							\
	{ "check_kern_pgdir", #name, "mem_init", rule, name, CHECK_OWN, 0 }
	C(each_page_is_as_in_the_diagram,
	  "M1, M2: effective rights and frame of every page above UTOP"),
	C(kernel_pages_are_global,
	  "global pages: the kernel's own, where the processor has them"),
	C(large_pages_save_tables,
	  "the window is made of 4 MiB pages, where the processor has them"),
#undef C
#define C(name, rule)							\
	{ "check_page_installed_pgdir", #name, "mem_init", rule, name,	\
	  CHECK_OWN, 0 }
	C(processor_features_are_in_use,
	  "CR0 and CR4 are set for what CPUID promises"),
	C(user_pages_are_closed_to_a_smap_kernel,
	  "SMAP, where it is: the kernel cannot touch user pages"),
	C(interrupts_stay_off,
	  "mem_init: interrupts are off, as they were"),
	C(text_and_constants_cannot_be_written,
	  "M2: text and constants are read-only to the kernel too"),
	{ "check_page_installed_pgdir", "no_frame_is_held_by_nobody",
	  "mem_init", "mem_init: no frame is taken and forgotten",
	  no_frame_is_held_by_nobody, CHECK_OWN, CHECK_LONG },
#undef C
	CHECK_TABLE_END
};
