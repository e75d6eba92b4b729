/*
 * Checks of what this kernel promises beyond the labs for regions and 4 MiB
 * pages: frames for page tables, splitting a 4 MiB page, TLB flushes, devices.
 */

#include <inc/string.h>
#include <inc/x86.h>
#include <kern/check/scratch_dir.h>
#include <kern/check/tables.h>
#include <kern/cpuid.h>
#include <kern/check/guard.h>
#include <kern/pmap.h>
#include <kern/page.h>
#include <kern/vmwalk.h>

/* --- Regions ----------------------------------------------------------- */

static struct {
	uintptr_t va;
	size_t size;
} region;

static void
do_map(void *arg)
{
	(void)arg;
	boot_map_region(dir, region.va, region.size, 0, PTE_W);
}

/* Map a region with only n frames free; true if that succeeded. */
static bool
maps_with(uint32_t n, uintptr_t va, size_t size)
{
	struct PageInfo *pp = page_free_list, *others;
	struct guard_report r;

	region.va = va;
	region.size = size;
	if (n == 0)
		others = take_free_list();
	else {
		while (--n)
			pp = pp->pp_link;
		others = pp->pp_link;
		pp->pp_link = NULL;
	}
	guarded(do_map, NULL, &r);
	give_free_list(others);
	return r.how == GUARD_OK;
}

static void
region_needs_frames_for_its_tables_only(void)
{
	uintptr_t va = UTEXT + PTSIZE - PGSIZE;
	bool two, none;

	dir_begin();
	two = maps_with(2, va, 2 * PGSIZE);
	none = maps_with(0, va, 2 * PGSIZE);
	EXPECT_THAT(two, "two frames to suffice for two tables", "a panic");
	EXPECT_THAT(none, "no frame to be needed with tables", "a panic");
	if (cpu_features.pse) {
		none = maps_with(0, UTEXT + 4 * PTSIZE, PTSIZE);
		EXPECT_THAT(none, "no frame to be needed for a 4 MiB page",
			    "a panic");
	}
	dir_end();
}

static void
region_takes_flags_only(void)
{
	dir_begin();
	boot_map_region(dir, UTEXT, PGSIZE, 0x300000,
			0x7FC00000 | PTE_PS | PTE_W);
	EXPECT_EQ(dir_entry((void *)UTEXT), 0x300000 | PTE_P | PTE_W);
	dir_end();
}

static void
users_rights_end_at_ulim(void)
{
	uintptr_t va = ULIM - 2 * PGSIZE;
	int i;

	dir_begin();
	boot_map_region(dir, va, 4 * PGSIZE, 0x300000, PTE_U);
	for (i = 0; i < 4; i++)
		EXPECT_EQ(dir_entry((void *)(va + i * PGSIZE)),
			  (0x300000 + i * PGSIZE) | PTE_P
			  | (i < 2 ? PTE_U : 0));
	dir_end();
}

static void
region_is_large_in_its_middle(void)
{
	if (!cpu_features.pse)
		check_skip("this processor has no 4 MiB pages");
	dir_begin();
	boot_map_region(dir, UTEXT - PGSIZE, PTSIZE + 2 * PGSIZE,
			PTSIZE - PGSIZE, PTE_W);
	EXPECT_EQ(dir_entry((void *)(UTEXT - PGSIZE)),
		  (PTSIZE - PGSIZE) | PTE_P | PTE_W);
	EXPECT_EQ(dir[PDX(UTEXT)], PTSIZE | PTE_P | PTE_W | PTE_PS);
	EXPECT_EQ(dir_entry((void *)(UTEXT + PTSIZE)),
		  2 * PTSIZE | PTE_P | PTE_W);
	dir_end();
}

/* --- Splitting --------------------------------------------------------- */

static void
split_keeps_every_translation(void)
{
	const uint32_t flags = PTE_W | PTE_PWT | PTE_PCD | PTE_G;
	uintptr_t va = KERNBASE + 5 * PGSIZE;
	pte_t *pte, *table;
	int i;

	if (!cpu_features.pse)
		check_skip("this processor has no 4 MiB pages");
	dir_begin();
	map_large_by_hand(KERNBASE, PTSIZE, flags);
	pte = pgdir_walk(dir, (void *)va, 1);
	EXPECT_THAT(dir_table((void *)va), "a page table in place of the"
		    " 4 MiB page", "the PDE 0x%08x", dir[PDX(KERNBASE)]);
	EXPECT_EQ(dir_table((void *)va)->pp_ref, 1);
	table = page2kva(dir_table((void *)va));
	EXPECT_EQ(pte, &table[5]);
	for (i = 0; i < NPTENTRIES; i++)
		EXPECT_EQ(table[i], (PTSIZE + i * PGSIZE) | flags | PTE_P);
	dir_end();
}

static void
split_leaves_rights_to_the_pages(void)
{
	if (!cpu_features.pse)
		check_skip("this processor has no 4 MiB pages");
	dir_begin();
	map_large_by_hand(UTEXT, PTSIZE, 0);
	pgdir_walk(dir, (void *)UTEXT, 1);
	EXPECT_EQ(PTE_FLAGS(dir[PDX(UTEXT)]), PTE_P | PTE_W | PTE_U);
	dir_end();
}

/* --- In the directory in use -------------------------------------------- */

/* Unmap UTEMP; the harness restores its entry. */
static void
empty_utemp(void)
{
	kern_pgdir[PDX(UTEMP)] = 0;
	lcr3(rcr3());
}

static void
split_is_seen_at_once(void)
{
	uintptr_t va = UTEMP_VA + 3 * PGSIZE, other = UTEMP_VA + 9 * PGSIZE;
	uintptr_t self = UVPT + PDX(UTEMP) * PGSIZE;
	pte_t *pte;

	if (!cpu_features.pse)
		check_skip("this processor has no 4 MiB pages");
	empty_utemp();
	kern_pgdir[PDX(UTEMP_VA)] = PTE_P | PTE_W | PTE_PS;
	write_eflags(read_eflags() | (cpu_features.smap ? FL_AC : 0));
	load32(va);
	load32(other);
	load32(self);
	pte = pgdir_walk(kern_pgdir, (void *)va, 1);
	check_hold_table(UTEMP_VA);
	EXPECT_EQ(load32(self + PTX(va) * 4) & ~(PTE_A | PTE_D),
		  *pte & ~(PTE_A | PTE_D));
	write_eflags(read_eflags() & ~FL_AC);
	/* The TLB has no translation of these: no flush is needed. */
	pte[0] = pte[6] = 0;
	EXPECT_FAULT(do_load, va, 0);
	EXPECT_FAULT(do_load, other, 0);
}

static void
region_change_is_seen_at_once(void)
{
	struct PageInfo *pp = page_alloc(0), *other = page_alloc(0);
	uintptr_t va = UTEMP_VA + 3 * PGSIZE;
	int i;

	EXPECT_THAT(pp && other, "two frames", "less");
	check_held(pp);
	check_held(other);
	*(uint32_t *)page2kva(pp) = 0xAAAAAAAA;
	*(uint32_t *)page2kva(other) = 0xBBBBBBBB;
	empty_utemp();
	for (i = 0; i < 2; i++)
		boot_map_region(kern_pgdir, va + i * PGSIZE, PGSIZE,
				page2pa(pp), PTE_W);
	check_hold_table(UTEMP_VA);
	EXPECT_EQ(load32(va), 0xAAAAAAAA);
	EXPECT_EQ(load32(va + PGSIZE), 0xAAAAAAAA);
	/* Map the second page, as the last of two. */
	boot_map_region(kern_pgdir, va, 2 * PGSIZE, page2pa(other) - PGSIZE,
			PTE_W);
	EXPECT_EQ(load32(va + PGSIZE), 0xBBBBBBBB);
	boot_map_region(kern_pgdir, va, PGSIZE, page2pa(other), PTE_W);
	EXPECT_EQ(load32(va), 0xBBBBBBBB);
}

/* Map physical memory from 0, twice; its contents stay. */
static void
large_change_is_seen_at_once(void)
{
	uintptr_t va = UTEMP_VA + 3 * PGSIZE;

	if (!cpu_features.pse)
		check_skip("this processor has no 4 MiB pages");
	if (!(rcr0() & CR0_WP))
		check_skip("CR0.WP is clear: the kernel can write every page");
	empty_utemp();
	boot_map_region(kern_pgdir, UTEMP_VA, PTSIZE, 0, PTE_W);
	store32(va, load32(va));
	boot_map_region(kern_pgdir, UTEMP_VA, PTSIZE, 0, 0);
	EXPECT_FAULT(do_store, va, FEC_PR | FEC_WR);
}

static void
window_is_known_to_be_mapped(void)
{
	EXPECT_EQ(window_mapped, KERNWINSIZE);
}

/* Load from va, clear its PTE in dir by hand, load again. */
static void
forget_and_load(void *va)
{
	load32((uintptr_t)va);
	((pte_t *)page2kva(dir_table(va)))[PTX(va)] = 0;
	tlb_invalidate(dir, va);
	load32((uintptr_t)va);
}

/* Use a directory like an environment's: the kernel's entries and its own. */
static void
other_directory_is_flushed_too(void)
{
	void *va = (void *)UTEXT;
	struct guard_report r;
	uint32_t i;

	dir_begin();
	memcpy(dir, kern_pgdir, PGSIZE);
	dir[PDX(UVPT)] = PADDR(dir) | PTE_P;
	dir[PDX(va)] = 0;
	map_by_hand(frame_a, va, PTE_W);
	lcr3(PADDR(dir));
	guarded(forget_and_load, va, &r);
	lcr3(PADDR(kern_pgdir));
	for (i = 0; i < NPDENTRIES; i++)
		if (i != PDX(va))
			dir[i] = 0;
	EXPECT_THAT(r.how == GUARD_TRAP && r.va == UTEXT,
		    "a fault where the page was", "ending %d", r.how);
	dir_end();
}

/* --- Devices ----------------------------------------------------------- */

static void
devices_may_end_at_4gib(void)
{
	uintptr_t next = mmio_next;
	pde_t before = kern_pgdir[PDX(MMIOBASE)];
	struct vm_walk w;

	if (mmio_next == MMIOLIM)
		check_skip("the area for devices is full");
	EXPECT_EQ(mmio_map_region(0xFFFFF000, PGSIZE), next);
	vm_walk(kern_pgdir, next, &w);
	EXPECT_THAT(w.ptep, "a page table for the device", "none");
	EXPECT_EQ(PTE_ADDR(*w.ptep), 0xFFFFF000);
	*(pte_t *)(uintptr_t)w.ptep = 0;
	invlpg((void *)next);
	if (!before)
		check_hold_table(MMIOBASE);
}

static void
devices_may_fill_their_area(void)
{
	pde_t before = kern_pgdir[PDX(MMIOBASE)];
	uintptr_t next = mmio_next;
	void *got, *more;

	if (before)
		check_skip("devices are mapped there");
	got = mmio_map_region(0, MMIOLIM - next);
	more = mmio_map_region(0, 1);
	check_hold_table(MMIOBASE);
	EXPECT_EQ(got, next);
	EXPECT_EQ(more, NULL);
	EXPECT_EQ(mmio_next, MMIOLIM);
}

static void
devices_of_no_size_are_refused(void)
{
	uintptr_t next = mmio_next;

	EXPECT_EQ(mmio_map_region(0, 0), NULL);
	EXPECT_EQ(mmio_next, next);
}

const struct check own_region_checks[] = {
	LONG_OWN(PAGE, region_needs_frames_for_its_tables_only,
		 "boot_map_region",
		 "boot_map_region needs no more frames than new tables"),
	LONG_OWN(PAGE, region_takes_flags_only, "boot_map_region",
		 "boot_map_region uses only the permission bits of perm"),
	LONG_OWN(PAGE, users_rights_end_at_ulim, "boot_map_region",
		 "boot_map_region grants PTE_U below ULIM only"),
	LONG_OWN(PAGE, region_is_large_in_its_middle, "boot_map_region",
		 "boot_map_region uses 4 MiB pages in the middle of a region"),
	LONG_OWN(PAGE, split_keeps_every_translation, "pgdir_walk",
		 "pgdir_walk splits a 4 MiB page into 1024 equal pages"),
	LONG_OWN(PAGE, split_leaves_rights_to_the_pages, "pgdir_walk",
		 "pgdir_walk: after a split, the PTEs decide the permissions"),
	LONG_OWN(PAGE, devices_may_end_at_4gib, "mmio_map_region",
		 "mmio_map_region: a device may end at 4 GiB"),
	LONG_OWN(PAGE, devices_may_fill_their_area, "mmio_map_region",
		 "mmio_map_region can use its whole area, and no more"),
	LONG_OWN(PAGE, devices_of_no_size_are_refused, "mmio_map_region",
		 "mmio_map_region maps nothing for size 0"),
	CHECK_TABLE_END
};

/* These rely on what map_rules.c checks first. */
const struct check own_tlb_checks[] = {
	LONG_OWN(INSTALLED_PGDIR, window_is_known_to_be_mapped, "mem_init",
		 "mem_init: the whole window can be used"),
	LONG_OWN(INSTALLED_PGDIR, other_directory_is_flushed_too,
		 "tlb_invalidate",
		 "tlb_invalidate flushes also when another directory is"
		 " current"),
	LONG_OWN(INSTALLED_PGDIR, split_is_seen_at_once, "pgdir_walk",
		 "T1: a split leaves no translation of the 4 MiB page in"
		 " the TLB"),
	LONG_OWN(INSTALLED_PGDIR, region_change_is_seen_at_once,
		 "boot_map_region",
		 "T1: boot_map_region leaves no stale translation in the TLB"),
	LONG_OWN(INSTALLED_PGDIR, large_change_is_seen_at_once,
		 "boot_map_region",
		 "T1: a 4 MiB page that replaces another takes effect at"
		 " once"),
	CHECK_TABLE_END
};
