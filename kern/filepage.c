/*
 * Demand loading: the pages of a program's file as they are before the program
 * changes them. They can be dropped, and read again, as often as needed. The
 * files are part of the kernel image.
 */

#include <inc/memlayout.h>
#include <inc/string.h>
#include <kern/elf.h>
#include <kern/filepage.h>

#define PAGE_BITS	12
#define MAX_PAGES	(1 << PAGE_BITS)
#define MAX_PROGRAMS	((1 << (20 - PAGE_BITS)) - 1)	/* FILEPAGE_ZERO */

bool demand_loading;

/* The pages [*first, *limit) that a file's segments lie in. */
static void
extent(const void *binary, uint32_t *first, uint32_t *limit)
{
	struct Proghdr ph;
	unsigned i = 0;

	*first = UINT32_MAX;
	*limit = 0;
	while (elf_segment(binary, &i, &ph)) {
		*first = MIN(*first, PGNUM(ph.p_va));
		*limit = MAX(*limit, PGNUM(ph.p_va + ph.p_memsz - 1) + 1);
	}
}

bool
filepage_find(const void *binary, uint32_t *number)
{
	uint32_t i, first, limit;

	for (i = 0; programs[i].name; i++)
		if (programs[i].start == binary)
			break;
	if (!programs[i].name || i >= MAX_PROGRAMS)
		return false;
	extent(binary, &first, &limit);
	*number = (i << PAGE_BITS) - first;
	return limit - first <= MAX_PAGES;
}

/* Copy the bytes of a segment that belong to the page at va. */
static void
copy_part(const void *binary, const struct Proghdr *ph, uintptr_t va,
	  char *kva)
{
	uintptr_t start = MAX(va, (uintptr_t)ph->p_va);
	uintptr_t end = MIN(va + PGSIZE, (uintptr_t)ph->p_va + ph->p_filesz);

	if (start < end)
		memcpy(kva + (start - va), (const char *)binary + ph->p_offset
		       + (start - ph->p_va), end - start);
}

void
filepage_read(uint32_t number, void *kva)
{
	const void *binary;
	uint32_t first, limit;
	struct Proghdr ph;
	unsigned i = 0;
	uintptr_t va;

	memset(kva, 0, PGSIZE);
	if (number == FILEPAGE_ZERO)
		return;
	binary = programs[number >> PAGE_BITS].start;
	extent(binary, &first, &limit);
	va = (first + number % MAX_PAGES) << PGSHIFT;
	while (elf_segment(binary, &i, &ph))
		copy_part(binary, &ph, va, kva);
}

bool
filepage_number(const struct program *p, uintptr_t va, uint32_t *number)
{
	uint32_t first, limit;

	extent(p->start, &first, &limit);
	if (PGNUM(va) < first || PGNUM(va) >= limit
	    || limit - first > MAX_PAGES || p - programs >= MAX_PROGRAMS)
		return false;
	*number = (uint32_t)(p - programs) << PAGE_BITS | (PGNUM(va) - first);
	return true;
}

bool
filepage_is(uint32_t number, const void *kva)
{
	static char page[PGSIZE];

	filepage_read(number, page);
	return memcmp(page, kva, PGSIZE) == 0;
}
