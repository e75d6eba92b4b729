/*
 * Temporary access to a page of physical memory outside the kernel's window:
 * device registers, or addresses that may have no memory. Works with any
 * current directory, even the first one, before frames can be allocated.
 */

#include <inc/memlayout.h>
#include <inc/string.h>
#include <inc/x86.h>
#include <kern/earlymap.h>

/* For an empty directory entry of user space. Only its first entry is used. */
static pte_t table[NPTENTRIES] __attribute__((aligned(PGSIZE)));

/* The directory entry that refers to `table`, and the address that it maps. */
static pde_t *slot;
static uintptr_t slot_va;

uintptr_t
early_map(physaddr_t pa)
{
	pde_t *pgdir = (pde_t *)(uintptr_t)(KERNBASE + PTE_ADDR(rcr3()));

	for (slot_va = UTEXT; pgdir[PDX(slot_va)]; slot_va += PTSIZE)
		if (slot_va >= UTOP - PTSIZE)
			return 0;
	table[0] = PTE_ADDR(pa) | PTE_P | PTE_W | PTE_PCD | PTE_PWT;
	slot = &pgdir[PDX(slot_va)];
	*slot = ((uintptr_t)table - KERNBASE) | PTE_P | PTE_W;
	return slot_va;
}

void
early_unmap(void)
{
	*slot = 0;
	invlpg((void *)slot_va);
}

bool
early_read(physaddr_t pa, void *to, size_t size)
{
	char *at = to;
	uintptr_t va;
	size_t n;

	for (; size; size -= n, pa += n, at += n) {
		n = MIN(size, PGSIZE - PGOFF(pa));
		va = early_map(pa);
		if (!va)
			return false;
		memcpy(at, (const void *)(va + PGOFF(pa)), n);
		early_unmap();
	}
	return true;
}
