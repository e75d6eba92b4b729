#ifndef PAGEWALK_KERN_SWAPSTATE_H
#define PAGEWALK_KERN_SWAPSTATE_H

/* What all parts of paging to disk share: settings and counts. */

#include <kern/swaparea.h>

/* True if there is a swap area. */
extern bool swap_on;

/*
 * At most this many pages of programs are in memory, and one leaves each time
 * that another is needed; 0: as many as there are frames. Set by swap_set_limit.
 */
extern uint32_t swap_limit;

struct swap_counts {
	uint32_t loads;		/* pages that entered the ring, in all ways */
	uint32_t faults;	/* on pages that are not in memory */
	uint32_t page_ins;	/* read from the disk */
	uint32_t file_loads;	/* read from a program's file */
	uint32_t returned;	/* found in memory, on their way to disk */
	uint32_t page_outs;	/* written to the disk */
	uint32_t dropped;	/* left memory without being written */
	uint32_t read_errors, write_errors;
};
extern struct swap_counts swap_counts;

/* The area in use. => swap_on. */
extern struct swap_area swap_area;

/* The last page that left memory. */
struct swap_victim {
	ppn_t frame;		/* 0: none has left */
	uint32_t where;		/* as in its record (kern/resident.h) */
	uint32_t slot;		/* 0: it is in its program's file */
	bool written;
	uint32_t age;
	uint32_t looks;		/* of the policy at A bits, to choose it */
};
extern struct swap_victim swap_last_victim;

#endif
