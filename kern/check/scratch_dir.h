#ifndef PAGEWALK_KERN_CHECK_SCRATCH_DIR_H
#define PAGEWALK_KERN_CHECK_SCRATCH_DIR_H

/* A scratch page directory and two frames, for checks of page tables. */

#include <inc/mmu.h>

/* Two pages under one table, one under another. */
#define VA1	((void *)(UTEXT + PGSIZE))
#define VA2	((void *)(UTEXT + 5 * PGSIZE))
#define VA3	((void *)(UTEXT + PTSIZE))

extern pde_t *dir;			/* empty at first */
extern struct PageInfo *dir_frame;	/* the frame that dir is in */
extern struct PageInfo *frame_a, *frame_b; /* from page_alloc */

void	dir_begin(void);

/* Mark what is left as held; the harness frees it. */
void	dir_end(void);

/*
 * Return the entry that maps va in dir, found by hand and without the bits that
 * the processor sets; 0 if there is none.
 */
pte_t	dir_entry(const void *va);

/* Return the frame of the table for va, NULL if there is none. */
struct PageInfo *dir_table(const void *va);

/* Make a table for va with pgdir_walk; the check ends if that fails. */
struct PageInfo *make_table(const void *va);

/* The entry that maps pp with rights perm. */
pte_t	mapping(struct PageInfo *pp, uint32_t perm);

/*
 * The same by hand: for checks of any function but pgdir_walk. Returns the
 * table; if there is one for va already, that one.
 */
pte_t	*table_by_hand(const void *va);

/* Map pp at va by hand, as page_insert would. */
void	map_by_hand(struct PageInfo *pp, const void *va, uint32_t perm);

/* Map the 4 MiB around va to those at pa by hand, as one page. */
void	map_large_by_hand(uintptr_t va, physaddr_t pa, uint32_t flags);

/* No entries of dir are set except those for these addresses (or NULL). */
void	expect_no_other_tables(const void *va1, const void *va2);

/*
 * Fill all empty entries of dir and of va's table, to detect a function that
 * changes too much. => va has a table.
 */
void	mark_others(const void *va);

/*
 * All entries are as mark_others left them, except that of va's table in dir
 * and n entries of that table, from va's on.
 */
void	expect_marks(const void *va, uint32_t n);

#endif
