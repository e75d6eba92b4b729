#ifndef PAGEWALK_KERN_COW_H
#define PAGEWALK_KERN_COW_H

#include <inc/mmu.h>

/*
 * Map the pages of `from` in [start, end) in `to`, too. A page with PTE_SHARE
 * keeps its permissions, and so does one that cannot be written. Any other
 * becomes copy-on-write in both: PTE_COW instead of PTE_W.
 * => start and end are page-aligned, and not above UTOP; `from` is the current
 *    directory, `to` is not.
 * Returns 0; -E_INVAL if an address has a page in both; or -E_NO_MEM: no frame is
 * free for a page table, or a frame's count has reached its maximum. On
 * failure nothing has changed.
 */
int	cow_share(pde_t *from, pde_t *to, uintptr_t start, uintptr_t end);

/* True if an address has a page in both: cow_share would fail. The same =>. */
bool	cow_overlap(pde_t *from, pde_t *to, uintptr_t start, uintptr_t end);

/*
 * Make the copy-on-write page at va in pgdir writable. Unless this is its last
 * mapping, map a copy instead. Other permissions stay.
 * Returns 0, or COW_COPIED if it took a frame; -E_INVAL if there is no such page
 * in memory; -E_NO_MEM if no frame is free.
 * On failure nothing has changed.
 */
#define COW_COPIED	1
int	cow_copy(pde_t *pgdir, uintptr_t va);

#endif
