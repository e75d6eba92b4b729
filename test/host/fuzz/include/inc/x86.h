#ifndef PAGEWALK_INC_X86_H
#define PAGEWALK_INC_X86_H

/*
 * Stands in for the kernel's inc/x86.h: the instructions that page.c and
 * pmap.c use, carried out by the simulated machine.
 */

#include <inc/types.h>
#include <inc/mmu.h>

/* mmu.c: the simulated TLB. */
void	lcr3(uint32_t val);
#ifndef NO_INVLPG
void	invlpg(const void *addr);
#else
/* A kernel that tells the TLB nothing: does the test see that? */
static inline void
invlpg(const void *addr)
{
	(void)addr;
}
#endif

/* machine.c: fills all or part of one frame, and no other's memory. */
void	stosl(void *dst, uint32_t value, size_t count);

#endif
