#ifndef PAGEWALK_KERN_CHECK_SWAP_STATE_H
#define PAGEWALK_KERN_CHECK_SWAP_STATE_H

#include <inc/memlayout.h>

/* The state of paging to disk, saved before a check and restored after it. */

/* Save it. => Interrupts may be on; a transfer may be under way. */
void	swap_state_save(void);

/* Carry out all transfers, before anything is restored. */
void	swap_state_settle(void);

/*
 * Restore it, with these records of the frames, which are restored, and so are
 * the environments. The pages of environments are in the ring again; if a check
 * has broken the ring, in the order of their frames.
 */
void	swap_state_restore(const struct PageInfo *frames);

#endif
