#ifndef PAGEWALK_TEST_FUZZ_MMU_H
#define PAGEWALK_TEST_FUZZ_MMU_H

/* The simulated processor's page walk, and its TLB. */

#include <inc/memlayout.h>

/* The result of a page walk. */
struct translation {
	physaddr_t pa;		/* of the page */
	uint32_t flags;		/* effective PTE_W and PTE_U; PWT, PCD, G */
	bool large;
};

/* Walk va from the directory at dir. Returns false on a page fault. */
bool	mmu_walk(physaddr_t dir, uint32_t va, struct translation *t);

/* Read or write at va, which puts the translation into the TLB. */
void	mmu_access(uint32_t va, bool write);

/* Register CR3. */
extern physaddr_t mmu_dir;

/* Compare each translation in the TLB with the tables. */
void	mmu_check(const char *after);

/* Empty the TLB. */
void	mmu_reset(void);

/* The number of invalidations of this page since mmu_watch(va). */
void	mmu_watch(uint32_t va);
extern int mmu_watched;

#endif
