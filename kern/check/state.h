#ifndef PAGEWALK_KERN_CHECK_STATE_H
#define PAGEWALK_KERN_CHECK_STATE_H

/*
 * The state that checks change: saved before a run of checks, restored after
 * each of them.
 */

#include <inc/memlayout.h>

/* UTEMP as a number: where checks map the frames that they try. */
#define UTEMP_VA	((uintptr_t)UTEMP)

/*
 * Save everything. With cut, also cut the free list to its first few frames
 * until state_end: what a check that held leaves behind is then restored
 * quickly.
 */
void	state_save(bool cut);
void	state_end(void);

/*
 * After a check that held: put the frames that it holds on the free list, and
 * unmap what it has mapped at UTEMP and MMIOBASE. With a cut list that is all
 * there is to restore.
 */
void	state_tidy(void);

/* Restore everything. */
void	state_restore(void);

/*
 * The kernel has failed in the harness itself, between state_save and
 * state_end: restore everything, and join the free list again.
 */
void	state_abandon(void);

/* The frames that state_save has cut off; NULL if none. */
const struct PageInfo *state_cut_off(void);

/* Before each check: no frame is held yet. */
void	state_begin_check(void);

/*
 * Mark a frame as held: it came from page_alloc, and the check that is running
 * is done with it. When a check ends, each frame that was free must be free
 * again or be held.
 */
void	check_held(struct PageInfo *pp);

/* Mark as held the table for va in kern_pgdir, if there is one. */
void	check_hold_table(uintptr_t va);

/* Return a frame from page_alloc(0); the check ends if there is none. */
struct PageInfo *check_frame(void);

/* The same, and mark it as held. */
struct PageInfo *check_take(void);

/* The number of free frames, compared with when the check began. */
int	check_list_growth(void);

/*
 * True if the free list, sound at state_save, is not sound any more: buf gets
 * the reason.
 */
bool	check_list_broken(char *buf, size_t size);

/*
 * The number of frames that were free and are now neither free nor held.
 * Negative if there are too many.
 */
int	check_frames_missing(void);

/*
 * Return a frame whose count is not that of state_save, and that no check
 * holds: it does not concern the check. *was: the count it had. NULL if there
 * is none.
 */
struct PageInfo *check_count_changed(uint32_t *was);

#endif
