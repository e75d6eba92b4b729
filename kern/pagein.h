#ifndef PAGEWALK_KERN_PAGEIN_H
#define PAGEWALK_KERN_PAGEIN_H

#include <inc/memlayout.h>

/* What came of an attempt to bring a page in. */
enum outcome { IS_IN, WAIT_FOR_IT, WAIT_FOR_FRAME, NO_FRAME };

/* Bring in the page whose entry, not present, is *pte at `where`. */
enum outcome pagein(pte_t *pte, uint32_t where);

/* A transfer has ended (kern/swapio.h). */
void	pagein_transfer_ended(bool write, uint32_t slot, ppn_t frame,
			      int error);

/* Wake those that wait for a slot, or for any frame. */
void	pagein_wake(uint32_t slot);

#endif
