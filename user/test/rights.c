/*
 * Checks, through uvpd and uvpt, which pages it can reach: its text to read, a
 * page of data and one of stack to write, the kernel's arrays to read, and no
 * other page.
 */

#include <inc/lib.h>

static uint32_t reachable, writable;

/* True if a program may read, or write, the page at va. */
static bool
allowed(uintptr_t va, bool write)
{
	uintptr_t data = ROUNDDOWN((uintptr_t)&reachable, PGSIZE);

	if (va >= ULIM)
		return false;
	if (va >= UTOP || (va >= UTEXT && va < data))
		return !write;
	return write && (va == data || va == USTACKTOP - PGSIZE);
}

static void
look_at_page(uintptr_t va, uint32_t rights)
{
	bool write = rights & PTE_W;

	reachable++;
	writable += write;
	if (!allowed(va, write))
		panic("the page at %08x can be %s", va,
		      write ? "written" : "read");
}

void
umain(int argc, char **argv)
{
	uint32_t pdx, ptx;
	pde_t pde;
	pte_t pte;

	for (pdx = 0; pdx < NPDENTRIES; pdx++) {
		pde = uvpd[pdx];
		if (!(pde & PTE_P) || !(pde & PTE_U))
			continue;
		for (ptx = 0; ptx < NPTENTRIES; ptx++) {
			/* At UVPT, the pages are the page tables. */
			pte = uvpt[pdx * NPTENTRIES + ptx];
			if (pte & PTE_U)	/* in memory or not */
				look_at_page(pdx * PTSIZE + ptx * PGSIZE,
					     pte & pde & PTE_W);
		}
	}
	cprintf("rights: %u pages reachable, %u of them writable\n", reachable,
		writable);
}
