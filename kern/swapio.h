#ifndef PAGEWALK_KERN_SWAPIO_H
#define PAGEWALK_KERN_SWAPIO_H

/* Transfers between frames and slots of the swap area, one after the other. */

#include <kern/swaparea.h>

/* Reads and writes that can wait at a time. */
#define MAX_READS	32
#define MAX_WRITES	48
#define MAX_TRANSFERS	(MAX_READS + MAX_WRITES)

/* Under way or waiting, by direction. */
extern uint32_t swapio_reads, swapio_writes;

/* Called when a transfer has ended: error is 0 or negative. */
typedef void swapio_fn(bool write, uint32_t slot, ppn_t frame, int error);

/* Use swap_area (kern/swapstate.h). done is called at the end of each transfer. */
void	swapio_init(swapio_fn *done);

/*
 * True if swapio_start can take one more transfer of this direction. Each has room
 * of its own: the frame for a read may be had by a write.
 */
static inline bool
swapio_can(bool write)
{
	return write ? swapio_writes < MAX_WRITES : swapio_reads < MAX_READS;
}

/*
 * Read slot into frame, or write it. Reads go before all writes that wait:
 * programs wait for them.
 * => swapio_can(write). The frame stays allocated until the end.
 */
void	swapio_start(bool write, uint32_t slot, ppn_t frame);

/*
 * Find the transfer of a frame: its direction, and its slot. Returns false if
 * there is none.
 */
bool	swapio_find(ppn_t frame, bool *write, uint32_t *slot);

/* Carry out all transfers, by polling. */
void	swapio_finish(void);

#endif
