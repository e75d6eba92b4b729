#ifndef PAGEWALK_KERN_EARLYMAP_H
#define PAGEWALK_KERN_EARLYMAP_H

#include <inc/types.h>

/*
 * Map the page of physical memory that contains pa, uncached and writable, in
 * the current directory. Returns the page's address, in user space, or 0 if
 * every directory entry there is in use.
 * => No other such mapping exists.
 */
uintptr_t early_map(physaddr_t pa);

/* Remove the mapping of early_map. */
void	early_unmap(void);

/*
 * Copy size bytes of physical memory, beginning at pa, to `to`. The range may
 * be anywhere below 4 GiB, and cross pages. Returns false if early_map cannot
 * map it.
 * => No other such mapping exists. The range does not end above 4 GiB.
 */
bool	early_read(physaddr_t pa, void *to, size_t size);

#endif
