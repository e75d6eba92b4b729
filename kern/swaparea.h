#ifndef PAGEWALK_KERN_SWAPAREA_H
#define PAGEWALK_KERN_SWAPAREA_H

#include <kern/dev/ide.h>

/*
 * A part of a disk for pages: slots of 4096 bytes, of which the first is the
 * header's.
 */
struct swap_area {
	struct ide_disk *disk;
	uint32_t first;		/* its first sector */
	uint32_t slots;		/* with the header's */
	uint32_t generation;	/* how often it has been taken into use */
};

/* Sectors of a slot. */
#define SLOT_SECTORS	(4096 / IDE_SECTOR)

/* An entry of a page on disk has 20 bits for its slot. */
#define SWAP_MAX_SLOTS	(1U << 20)

/* The header, at the beginning of slot 0. tools/mkswap makes it. */
struct swap_header {
	char magic[8];		/* SWAP_MAGIC */
	uint32_t version;	/* SWAP_VERSION */
	uint32_t slots;
	uint32_t generation;
	uint32_t checksum;	/* makes the sum of the header's words 0 */
};

#define SWAP_MAGIC	"PAGESWAP"
#define SWAP_VERSION	1

/*
 * Find a swap area on the disks, and take it into use: count it in the header's
 * generation. Nothing else is written to any disk. Prints why an area is
 * refused. Returns false if there is none, and leaves *area unchanged.
 */
bool	swap_area_find(struct swap_area *area);

/* The same, but write nothing. */
bool	swap_area_look(struct swap_area *area);

/*
 * Return what is wrong with a header, or NULL. `sectors` is the size of its
 * disk or partition.
 */
const char *swap_header_fault(const struct swap_header *h, uint32_t sectors);

#endif
