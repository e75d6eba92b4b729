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

/* Fill all or part of one frame, and nothing else (machine.c). */
void	stosl(void *dst, uint32_t value, size_t count);

/* The number of words from src on that are `value`. */
static inline size_t
words_alike(const void *src, uint32_t value, size_t count)
{
	const uint32_t *word = src;
	size_t n = 0;

	while (n < count && word[n] == value)
		n++;
	return n;
}

#endif
