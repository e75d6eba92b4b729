#ifndef PAGEWALK_KERN_VMWALK_H
#define PAGEWALK_KERN_VMWALK_H

#include <inc/memlayout.h>

/*
 * Looking at page tables as the processor does, without trusting them.
 * Shares no code with pmap.c, so that it can explain that file's mistakes.
 */

/* What a walk met. */
struct vm_walk {
	uintptr_t va;
	const pde_t *pdep;	/* the directory's entry */
	pde_t pde;
	const pte_t *ptep;	/* the table's, NULL if there is no table */
	pte_t pte;
	bool lost;		/* the table lies where we cannot read */
	bool mapped;		/* the walk reached a page */
	bool large;		/* of 4 MiB */
	uint32_t rights;	/* effective: PTE_P, PTE_W, PTE_U of both */
	uint32_t size;		/* of the page */
	physaddr_t pa;		/* that va translates to */
};

/* Follow va from pgdir. Returns w->mapped. */
bool	vm_walk(const pde_t *pgdir, uintptr_t va, struct vm_walk *w);

/* The directory that CR3 points to now. */
pde_t	*vm_current(void);

/*
 * A run of pages with consecutive physical addresses, the same size and the
 * same rights (and the same PWT, PCD and G bits).
 */
struct vm_range {
	uintptr_t va;
	uint32_t npages;
	physaddr_t pa;
	uint32_t flags;		/* rights, and PTE_PWT, PTE_PCD, PTE_G, PTE_PS */
};

/*
 * The first run at or after page number *page and before page number limit
 * (0x100000 is the end of memory); *page then points behind it. Returns false
 * if there is none.
 */
bool	vm_next_range(const pde_t *pgdir, uint32_t *page, uint32_t limit,
		      struct vm_range *r);

/* "rw-" in the manner of the diagram: "RW/R-", and so on, into buf[16]. */
const char *vm_rights_text(uint32_t flags, char buf[16]);

/*
 * Read a word of virtual or of physical memory without ever faulting. False
 * if it is not mapped, or not reachable through the window.
 */
bool	vm_read32(const pde_t *pgdir, uintptr_t va, uint32_t *out);
bool	vm_read_phys(physaddr_t pa, void *out, size_t len);

/* What lies at va, in the words of the diagram. */
const char *vm_region_name(uintptr_t va);

/*
 * Why did an access with page-fault error code err to va fault? In words, on
 * one line, into buf.
 */
void	vm_explain(const pde_t *pgdir, uintptr_t va, uint32_t err,
		   char *buf, size_t size);

#endif
