#ifndef PAGEWALK_KERN_CHECK_RAM_H
#define PAGEWALK_KERN_CHECK_RAM_H

/*
 * The frames that a free list must contain, computed again from the machine's
 * own reports, for checks. Shares no code with physmem.c, memrange.c and
 * page.c, except the reading of those reports.
 */

#include <inc/mmu.h>

/* True if frame n may be free: it is RAM, and not in use since boot. */
bool	ram_may(ppn_t n);

/*
 * One bit for each of the 32 frames from n * 32 on: those that must be free,
 * those that may be, those on the free list. Comparing 32 at once is quick.
 */
uint32_t ram_must32(uint32_t n);
uint32_t ram_may32(uint32_t n);
uint32_t list_has32(uint32_t n);

/* Return the reason why frame n may not be free, as text. */
const char *ram_why_not(ppn_t n);

/* True if frame n is RAM, whether it is in use or not. */
bool	ram_there(ppn_t n);

/*
 * True if the memory map is the firmware's own. Our boot sector (which gives no
 * name) and QEMU pass it on unchanged; other loaders may leave memory out.
 */
bool	ram_map_untouched(void);

/* The end of RAM in frames, by the source that reports most, and least. */
ppn_t	ram_end_most(void);
ppn_t	ram_end_least(void);

/* The first frame after boot_alloc's memory. */
ppn_t	ram_boot_end(void);

/*
 * True if frame n is on the free list, which is read once in a run of checks.
 */
bool	list_has(ppn_t n);

/* Describe in buf what is wrong with the list; "" if nothing is. */
void	list_trouble(char *buf, size_t size);
uint32_t list_length(void);

#endif
