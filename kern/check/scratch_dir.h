#ifndef PAGEWALK_KERN_CHECK_DIR_H
#define PAGEWALK_KERN_CHECK_DIR_H

/* A page directory and two frames for a check of page tables to play with. */

#include <inc/mmu.h>

/* Two pages under one table, one under another. */
#define VA1	((void *)(UTEXT + PGSIZE))
#define VA2	((void *)(UTEXT + 5 * PGSIZE))
#define VA3	((void *)(UTEXT + PTSIZE))

extern pde_t *dir;			/* empty at first */
extern struct PageInfo *frame_a, *frame_b; /* from page_alloc */

void	dir_begin(void);

/* Declares what is left as held by the check; the harness puts it back. */
void	dir_end(void);

/*
 * The entry that maps va in dir, found by hand; 0 if there is none, without the
 * bits that the processor sets.
 */
pte_t	dir_entry(const void *va);

/* The frame of the table for va, NULL if there is none. */
struct PageInfo *dir_table(const void *va);

#endif
