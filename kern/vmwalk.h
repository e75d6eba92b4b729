#ifndef PAGEWALK_KERN_VMWALK_H
#define PAGEWALK_KERN_VMWALK_H

#include <inc/memlayout.h>

/*
 * Walking page tables as the processor does, whatever their entries hold.
 * Shares no code with pmap.c, so that it can explain that file's mistakes.
 */

/* The result of a walk. */
struct vm_walk {
	uintptr_t va;
	const pde_t *pdep;	/* the directory entry */
	pde_t pde;
	const pte_t *ptep;	/* the table entry; NULL without a table */
	pte_t pte;
	bool lost;		/* the table is outside the window */
	bool mapped;		/* the walk reached a page */
	bool large;		/* the page is a 4 MiB page */
	uint32_t rights;	/* PTE_P, PTE_W, PTE_U set in both entries */
	uint32_t size;		/* of the page */
	physaddr_t pa;		/* the translation of va */
};

/* Translate va through pgdir. Returns w->mapped. */
bool	vm_walk(const pde_t *pgdir, uintptr_t va, struct vm_walk *w);

/*
 * Panic if the kernel cannot run in pgdir: its text, constants, data or stack
 * are not mapped where they are, or data or stack are read-only. Loading such a
 * directory would reset the machine without a message.
 */
void	vm_must_run(const pde_t *pgdir);

/* The current directory: the one that CR3 points to. */
pde_t	*vm_current(void);

/*
 * A run of pages with consecutive physical addresses, the same size and the
 * same rights (and the same PWT, PCD and G bits).
 */
struct vm_range {
	uintptr_t va;
	uint32_t npages;
	physaddr_t pa;
	uint32_t flags;		/* rights; PTE_PWT, PTE_PCD, PTE_G, PTE_PS */
};

/*
 * Find the first range of mapped pages between the page numbers *page and limit
 * (1 << 20 is the end of the address space), and set *page to its end. Returns
 * false if no page is mapped there.
 */
bool	vm_next_range(const pde_t *pgdir, uint32_t *page, uint32_t limit,
		      struct vm_range *r);

/* The number of page tables that pgdir points to. UVPT is not one of them. */
uint32_t vm_count_tables(const pde_t *pgdir);

/* Format rights as kernel/user, like memlayout.h ("RW/R-"), into buf. */
const char *vm_rights_text(uint32_t flags, char buf[16]);

/*
 * Read a word at a virtual address, or len bytes of physical memory, without
 * ever faulting. Return false if it is not mapped, or outside the window.
 */
bool	vm_read32(const pde_t *pgdir, uintptr_t va, uint32_t *out);
bool	vm_read_phys(physaddr_t pa, void *out, size_t len);

/* True if the walk ended at the entry of a page that is not in memory. */
bool	vm_absent(const struct vm_walk *w);

/* Describe into buf where the page of such an entry is. */
const char *vm_absent_text(pte_t pte, char buf[40]);

/* The region of the address space that va is in, as text. */
const char *vm_region_name(uintptr_t va);

/*
 * Explain into buf, on one line, why an access to va faulted with page-fault
 * error code err.
 */
void	vm_explain(const pde_t *pgdir, uintptr_t va, uint32_t err,
		   char *buf, size_t size);

#endif
