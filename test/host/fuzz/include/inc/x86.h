#ifndef PAGEWALK_INC_X86_H
#define PAGEWALK_INC_X86_H

/*
 * Replaces the kernel's inc/x86.h: the simulated machine executes the
 * instructions that page.c and pmap.c use.
 */

#include <inc/types.h>
#include <inc/mmu.h>

/* The simulated TLB (mmu.c). */
void	lcr3(uint32_t val);
#ifndef NO_INVLPG
void	invlpg(const void *addr);
#else
/* A kernel that never flushes, which the test must detect. */
static inline void
invlpg(const void *addr)
{
	(void)addr;
}
#endif

#include <test/host/fuzz/words.h>

#endif
