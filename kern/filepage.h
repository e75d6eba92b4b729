#ifndef PAGEWALK_KERN_FILEPAGE_H
#define PAGEWALK_KERN_FILEPAGE_H

/*
 * Pages of programs' files, by number: an entry with PTE_FILE has the number in
 * bits 12-31. The upper 8 bits number the program (kern/program.h), the lower 12
 * the page, from the program's first page on. FILEPAGE_ZERO is a page of zeroes,
 * for a new stack.
 */

#include <kern/programs.h>

#define FILEPAGE_ZERO	0xFFFFFU

/* Load pages only when they are used. Set while there is a swap area. */
extern bool demand_loading;

/*
 * Find the program whose file is at `binary`. Returns false if none is, or if it
 * has too many pages for such numbers; else sets *number to that of the page at
 * address 0, if there were one: add PGNUM(va).
 */
bool	filepage_find(const void *binary, uint32_t *number);

/* The number of the page at va of a program. Returns false if it has none. */
bool	filepage_number(const struct program *p, uintptr_t va,
			uint32_t *number);

/* True if a frame has the contents of a page. */
bool	filepage_is(uint32_t number, const void *kva);

/* Fill a frame with the contents of a page. */
void	filepage_read(uint32_t number, void *kva);

#endif
