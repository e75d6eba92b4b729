#ifndef PAGEWALK_KERN_CHECK_RAM_H
#define PAGEWALK_KERN_CHECK_RAM_H

/*
 * What a free list has to hold, computed once more from what the machine says,
 * for the checks. Shares nothing with physmem.c, memrange.c and page.c but the
 * questions to the machine.
 */

#include <inc/mmu.h>

/* Frame n is RAM that nobody needs: it may be given out. */
bool	ram_may(ppn_t n);

/*
 * Of the 32 frames from n * 32 on, a bit each: which must be given out, which
 * may be, which are on the free list. To look at 32 at once is quick.
 */
uint32_t ram_must32(uint32_t n);
uint32_t ram_may32(uint32_t n);
uint32_t list_has32(uint32_t n);

/* Why it may not be, in words. */
const char *ram_why_not(ppn_t n);

/* Is it RAM at all, whoever needs it? */
bool	ram_there(ppn_t n);

/*
 * Is the map sure to be the firmware's? Our boot sector (which gives no name)
 * and QEMU pass it on as it is; another loader may have left memory out.
 */
bool	ram_map_untouched(void);

/* Where RAM ends, in frames: by the source that says most, that says least. */
ppn_t	ram_end_most(void);
ppn_t	ram_end_least(void);

/* The first frame behind what boot_alloc gave. */
ppn_t	ram_boot_end(void);

/* Is frame n on the free list? Looked up once in a run of checks. */
bool	list_has(ppn_t n);

/* What is wrong with the list itself, into buf; "" if nothing is. */
void	list_trouble(char *buf, size_t size);
uint32_t list_length(void);

#endif
