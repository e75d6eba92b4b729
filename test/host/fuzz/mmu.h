#ifndef PAGEWALK_TEST_FUZZ_MMU_H
#define PAGEWALK_TEST_FUZZ_MMU_H

/* The simulated processor's view of the tables, and its TLB. */

#include <inc/memlayout.h>

/* Where a linear address leads. */
struct translation {
	physaddr_t pa;		/* of the page */
	uint32_t flags;		/* effective PTE_W and PTE_U; PWT, PCD, G */
	bool large;
};

/* Follow va from the directory at dir; false: a page fault. */
bool	mmu_walk(physaddr_t dir, uint32_t va, struct translation *t);

/* The processor reads, or writes, at va: it keeps the translation. */
void	mmu_access(uint32_t va, bool write);

/* CR3. */
extern physaddr_t mmu_dir;

/* Each translation that is kept must still be what the tables say. */
void	mmu_check(const char *after);

/* Begin with an empty TLB. */
void	mmu_reset(void);

/* How often was this page invalidated since mmu_watch(va)? */
void	mmu_watch(uint32_t va);
extern int mmu_watched;

#endif
