#ifndef PAGEWALK_USER_TEST_BIG_H
#define PAGEWALK_USER_TEST_BIG_H

/* Memory beyond what the machine has, for tests of paging to disk. */

#include <inc/lib.h>
#include "verify.h"

#define WORDS		(PGSIZE / sizeof(uint32_t))

/* Ask for a number. An empty answer, and 0, mean `otherwise`. */
static inline uint32_t
ask(const char *prompt, uint32_t otherwise)
{
	uint32_t n = 0;

	parse_u32(readline(prompt), &n);
	return n ? n : otherwise;
}

/* Allocate n pages from va on. */
static inline void
take_pages(void *va, uint32_t n)
{
	while (n--)
		NEED(sys_page_alloc(0, (char *)va + n * PGSIZE, RW));
}

/* Unmap n pages from va on. */
static inline void
drop_pages(void *va, uint32_t n)
{
	while (n--)
		NEED(sys_page_unmap(0, (char *)va + n * PGSIZE));
}

/* A number that depends on each bit of x and key. */
static inline uint32_t
mix(uint32_t x, uint32_t key)
{
	x = (x ^ key) * 2654435761U;
	return (x ^ x >> 15) * 2246822519U;
}

#endif
