#ifndef PAGEWALK_KERN_MAP_H
#define PAGEWALK_KERN_MAP_H

/* Mappings that boot code makes and that stay (kern/pmap.c). */

#include <inc/memlayout.h>

/*
 * Map the pages of [va, va + size) to the physical ones from pa on, with
 * rights perm (PTE_P is added), in pgdir. size is rounded up to whole pages;
 * the region may end at 4 GiB. No frame's count changes. Where processor, range
 * and alignment allow, 4 MiB pages are used, except where a table exists
 * already; a 4 MiB page that is only partly in the region is split. At and
 * above ULIM, PTE_U is left out.
 * => va and pa are page-aligned, neither range wraps; nothing in the region
 *    was mapped by page_insert.
 * Panics if there is no frame for a table; nothing has changed then.
 */
void	boot_map_region(pde_t *pgdir, uintptr_t va, size_t size,
			physaddr_t pa, int perm);

/* Where mmio_map_region will map next. */
extern uintptr_t mmio_next;

/* The kernel's first tables, made by entry.S. */
extern pde_t entry_pgdir[NPDENTRIES];

/* A page below bootstack that entry_pgdir does not map. */
extern char bootguard[];

/* The linker's marks in the kernel image. */
extern char stext[], etext[], erodata[], edata[], end[];

#endif
