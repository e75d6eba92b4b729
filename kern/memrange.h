#ifndef PAGEWALK_KERN_MEMRANGE_H
#define PAGEWALK_KERN_MEMRANGE_H

#include <inc/types.h>

/* A source's report about a range of physical addresses. */
struct mem_report {
	uint64_t start;
	uint64_t len;
	uint32_t type;		/* MEM_USABLE, or any other: do not use it */
};

#define MEM_USABLE	1	/* E820's number for usable RAM */

/* Usable memory [start, end). */
struct mem_range {
	uint64_t start;
	uint64_t end;
};

/* The most reports and ranges: as many entries as Linux takes from a BIOS. */
#define MEM_MAX		128

/*
 * Turn reports into sorted ranges with gaps between them. Reports may come in
 * any order, overlap, be empty, or run past the end of the address space. A
 * byte is usable if a usable report covers it and no other kind does. Returns
 * the number of ranges; the highest are left out if there are more than max.
 */
int	mem_normalize(const struct mem_report *in, int nin,
		      struct mem_range *out, int max);

/*
 * Read reports from a Multiboot memory map of len bytes. Returns their number,
 * or -1 if an entry is invalid or truncated, or if there are more than max.
 */
int	mem_read_mmap(const void *map, uint32_t len, struct mem_report *out,
		      int max);

/* The end of the last range that begins below limit; at most limit. */
uint64_t mem_end_below(const struct mem_range *ranges, int n, uint64_t limit);

/* The sizes in JOS's summary line, in KiB. */
void	mem_summary(const struct mem_range *ranges, int n,
		    uint32_t *base, uint32_t *total);

#endif
