#ifndef PAGEWALK_KERN_KADDR_H
#define PAGEWALK_KERN_KADDR_H

/*
 * The kernel's window on physical memory: its first KERNWINSIZE bytes are
 * mapped from KERNBASE up. PADDR and KADDR convert between the two kinds of
 * address. They check their argument; a panic names their caller's line.
 */

#include <inc/assert.h>
#include <inc/memlayout.h>

/* Frames from physical address 0 to the end of the last one with RAM. */
extern size_t npages;

/*
 * The window is mapped up to this physical address: ENTRY_MAPPED until
 * mem_init loads its directory, then KERNWINSIZE.
 */
extern physaddr_t window_mapped;

/*
 * The address at which code sees physical address 0. The host's random test
 * (test/host/fuzz) overrides it: its RAM is an array, which cannot be at
 * KERNBASE. Addresses in page tables are relative to KERNBASE in both.
 */
#ifndef WINDOW
#define WINDOW	KERNBASE
#endif

/* Physical address of a kernel virtual address in the window. */
#define PADDR(kva)	_paddr(__FILE__, __LINE__, (const void *)(kva))

static inline physaddr_t
_paddr(const char *file, int line, const void *kva)
{
	if (unlikely((uintptr_t)kva < WINDOW))
		_panic(file, line, "PADDR: 0x%08lx is not in the kernel's"
		       " window", (unsigned long)(uintptr_t)kva);
	return (physaddr_t)((uintptr_t)kva - WINDOW);
}

/* Kernel virtual address of a physical address below npages * PGSIZE. */
#define KADDR(pa)	_kaddr(__FILE__, __LINE__, pa)

static inline void *
_kaddr(const char *file, int line, physaddr_t pa)
{
	if (unlikely(PGNUM(pa) >= npages))
		_panic(file, line, "KADDR: physical 0x%08x is beyond the last"
		       " frame", pa);
	return (void *)(uintptr_t)(pa + WINDOW);
}

#endif
