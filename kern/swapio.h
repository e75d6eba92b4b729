#ifndef PAGEWALK_KERN_SWAPIO_H
#define PAGEWALK_KERN_SWAPIO_H

/* Transfers between frames and slots of the swap area, one after the other. */

#include <kern/swaparea.h>

/* Transfers that can wait at a time; those that may be writes. */
#define MAX_TRANSFERS	64
#define MAX_WRITES	48

/* Under way or waiting, by direction. */
extern uint32_t swapio_reads, swapio_writes;

/* Called when a transfer has ended: error is 0 or negative. */
typedef void swapio_fn(bool write, uint32_t slot, ppn_t frame, int error);

/* Use this area; done is called at the end of each transfer. */
void	swapio_init(const struct swap_area *area, swapio_fn *done);

/* True if swapio_start can take one more transfer of this direction. */
static inline bool
swapio_can(bool write)
{
	return swapio_reads + swapio_writes < MAX_TRANSFERS
		&& (!write || swapio_writes < MAX_WRITES);
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
