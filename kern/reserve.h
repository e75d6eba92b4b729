#ifndef PAGEWALK_KERN_RESERVE_H
#define PAGEWALK_KERN_RESERVE_H

/* The reserve of free frames, and the limit of pages in memory. */

#include <inc/env.h>
#include <kern/resident.h>

/* --- For system calls ----------------------------------------------------- */

/* Frames that may be given to programs before swap_note_page has work to do. */
extern int32_t swap_credit;

void	swap_note_page(struct Env *e, uintptr_t va);

/*
 * A page of a program's, at va of e, has been allocated: it may leave memory
 * later. Fills up the reserve of free frames if it is low: any page may leave
 * memory now. => The page is mapped.
 */
static inline void
swap_page_given(struct Env *e, uintptr_t va)
{
	if (unlikely(--swap_credit < 0))
		swap_note_page(e, va);
}

/*
 * Look at the reserve before a call takes a frame. Returns false if memory and the
 * area are full: the last frames are for pages that come back. Then the call
 * fails with swap_no_memory.
 */
bool	swap_look(void);

static inline bool
swap_may_take(void)
{
	return likely(!resident_listing) || swap_look();
}

/*
 * The same, of a call that maps pp at va of e, which may need a table. pp does not
 * leave memory.
 */
bool	swap_look_keeping(const struct PageInfo *pp);

static inline bool
swap_may_map(const struct Env *e, uintptr_t va, const struct PageInfo *pp)
{
	return likely(!resident_listing) || (e->env_pgdir[PDX(va)] & PTE_P)
		|| swap_look_keeping(pp);
}

/* The same, of a call that allocates that page. */
bool	swap_look_for_page(const struct Env *e, uintptr_t va);

static inline bool
swap_may_give(const struct Env *e, uintptr_t va)
{
	return likely(!resident_listing) || swap_look_for_page(e, va);
}

/* Try to have n free frames, for a caller that cannot wait. */
void	swap_reclaim(uint32_t n);

/* Set the limit of pages in memory (kern/swapstate.h). */
void	swap_set_limit(uint32_t limit);

/* --- For the parts of paging ----------------------------------------------- */

/* Below reserve_low free frames, pages leave until there are reserve_high. */
extern uint32_t reserve_low, reserve_high;

void	reserve_init(void);

/* Count the free frames, up to a limit. */
uint32_t reserve_count_free(uint32_t limit);

/* Put all pages of programs into the ring, and new ones from now on. */
void	reserve_start_listing(void);

/* Let pages leave until at most `limit` are in memory. False: they cannot. */
bool	reserve_keep_limit(uint32_t limit);

/* If there is a limit, let pages leave until one more may come in. */
bool	reserve_make_room(void);

/* A page is about to enter the ring. */
void	reserve_before_load(void);

/* Allocate a frame for a page that is needed now, or return NULL. */
struct PageInfo *reserve_frame(void);

#endif
