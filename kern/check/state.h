#ifndef PAGEWALK_KERN_CHECK_STATE_H
#define PAGEWALK_KERN_CHECK_STATE_H

#include <inc/types.h>

/*
 * What checks may leave in disorder when they do not get to their end, saved
 * before each and put back after it.
 */

/* The little that every check uses; cheap. */
void	check_save_state(void);

/*
 * Put it back, after a check that held or did not; with all, also what
 * check_snapshot has seen: every frame, the kernel's directory and the tables
 * below its window.
 */
void	check_restore_state(bool held, bool all);

/* Remember everything that check_restore_state(true) puts back. */
void	check_snapshot(void);

/*
 * Does the free list, sound at check_save_state, lead to something that is no
 * frame, or into a ring? Then says so in buf.
 */
bool	check_list_broken(char *buf, size_t size);

/*
 * How many of the frames that were free at check_save_state are neither on the
 * free list now nor declared by check_held. Negative: there are too many.
 */
int	check_frames_missing(void);

#endif
