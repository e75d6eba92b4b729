#ifndef PAGEWALK_KERN_PMAP_H
#define PAGEWALK_KERN_PMAP_H

/*
 * Virtual memory: page directories and page tables.
 *
 * Includes what the rest of the kernel needs with them: kern/page.h (frames)
 * and kern/kaddr.h (PADDR and KADDR). PADDR, KADDR, page2pa, pa2page and
 * page2kva are the only conversions between kinds of address.
 */

#include <inc/x86.h>
#include <kern/page.h>

extern pde_t *kern_pgdir;	/* the kernel's own page directory */
extern struct Env *envs;	/* NENV environments (kern/env.c) */

/*
 * Detect memory, set up the frames, build the kernel's page directory as drawn
 * in inc/memlayout.h, and load it.
 */
void	mem_init(void);

/* --- Queries ------------------------------------------------------------ */

/*
 * Return the address of the page-table entry that maps va in pgdir.
 *
 * Without create: NULL if va has no page table. Changes nothing.
 * With create: a missing table is allocated, cleared, and its reference
 * counted; NULL only if no frame is free, and then nothing has changed. The
 * directory entry of a new table allows everything that may be allowed at va
 * (at and above ULIM, no user access), so the table's entries decide.
 *
 * In a 4 MiB mapping, returns the directory entry, which has PTE_PS set. With
 * create, the mapping is first replaced by a table with the same translations
 * and permissions; returns the entry in that table.
 * (SDM 3A 4.3)
 */
pte_t	*pgdir_walk(pde_t *pgdir, const void *va, int create);

/*
 * Return the frame mapped at va, or NULL if there is none, or if the entry
 * maps memory beyond the last frame. Unless NULL is returned or pte_store is
 * NULL, *pte_store is set to the entry's address, as pgdir_walk(pgdir, va, 0)
 * returns it.
 */
struct PageInfo *page_lookup(pde_t *pgdir, void *va, pte_t **pte_store);

/*
 * Return the index of the first entry from i on that is not 0, in a directory
 * or a table, or NPTENTRIES if there is none. Skips ENTRIES_SKIPPED empty ones at
 * a time, because most tables are nearly empty.
 */
#define ENTRIES_SKIPPED	16

static inline uint32_t
table_next(const uint32_t *entries, uint32_t i)
{
	uint32_t any, k;

	for (; i % ENTRIES_SKIPPED; i++)
		if (entries[i])
			return i;
	for (; i < NPTENTRIES; i += ENTRIES_SKIPPED) {
		any = 0;
		UNROLL(ENTRIES_SKIPPED)
		for (k = 0; k < ENTRIES_SKIPPED; k++)
			any |= entries[i + k];
		if (!any)
			continue;
		while (!entries[i])
			i++;
		return i;
	}
	return NPTENTRIES;
}

/* --- Changes: single pages ---------------------------------------------- */

/*
 * Map the frame pp at va with permissions perm (PTE_P is added), and count one
 * reference. A page already mapped at va is removed first; if it is pp itself,
 * only its permissions change. The offset of va in its page is ignored.
 * => page_alloc returned pp; va is not in a region of boot_map_region.
 *    Violations that can be detected panic, with nothing changed.
 * Returns 0, or -E_NO_MEM with nothing changed: no frame is free for a page
 * table, or pp's count has reached its maximum.
 */
int	page_insert(pde_t *pgdir, struct PageInfo *pp, void *va, int perm);

/*
 * Unmap the page at va, if there is one: clear its entry, flush its
 * translation, drop its reference. Page tables stay, even if empty.
 * => va is not in a region of boot_map_region. If the page is of 4 MiB, or its
 *    frame has no reference, page_remove panics with nothing changed.
 */
void	page_remove(pde_t *pgdir, void *va);

/* Flush the processor's cached translation of va. */
void	tlb_invalidate(pde_t *pgdir, void *va);

/* The same, for a user's va in whichever directory. */
static inline void
tlb_flush_user_page(uintptr_t va)
{
	invlpg((void *)va);
}

/* --- Changes: regions --------------------------------------------------- */

/*
 * Map [va, va + size) to the physical memory at pa with permissions perm
 * (PTE_P is added; at and above ULIM, PTE_U is removed). size is rounded up to
 * whole pages; the region may end at 4 GiB. No frame's reference count
 * changes. Uses 4 MiB pages where the processor, the size and the alignment
 * allow, unless a page table exists there. Splits a 4 MiB page that is only
 * partly in the region.
 * => va and pa are page-aligned, neither range wraps; page_insert has mapped
 *    nothing in the region.
 * Panics with nothing changed if no frame is free for a page table.
 */
void	boot_map_region(pde_t *pgdir, uintptr_t va, size_t size,
			physaddr_t pa, int perm);

/*
 * Map size bytes of device memory at physical pa, uncached, into the MMIO
 * area. pa and size need no alignment; whole pages are mapped, for ever.
 * Returns the address of pa's byte, or NULL with nothing changed: the area is
 * full, no frame is free for a page table, size is 0, or the memory would end
 * beyond 4 GiB.
 */
void	*mmio_map_region(physaddr_t pa, size_t size);

/* Where mmio_map_region maps next. */
extern uintptr_t mmio_next;

#endif
