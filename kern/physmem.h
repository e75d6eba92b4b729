#ifndef PAGEWALK_KERN_PHYSMEM_H
#define PAGEWALK_KERN_PHYSMEM_H

#include <inc/types.h>

/* What some source says of a stretch of addresses. */
struct mem_report {
	uint64_t start;
	uint64_t len;
	uint32_t type;		/* MEM_USABLE, or anything else: keep off */
};

#define MEM_USABLE	1	/* E820's number for usable RAM */

/* Usable memory [start, end). */
struct mem_range {
	uint64_t start;
	uint64_t end;
};

/* As many entries as Linux takes from a BIOS. */
#define MEM_MAX		128

/* The three ways to find out, in the order in which they are believed. */
enum mem_source {
	MEM_FIRMWARE,
	MEM_CMOS,
	MEM_PROBE,
	MEM_NSOURCES
};

extern const char *const mem_source_names[MEM_NSOURCES];

/* What was found and is used: sorted, not touching each other. */
extern enum mem_source mem_source;
extern struct mem_range mem_ranges[MEM_MAX];
extern int mem_nranges;

/* Who loaded the kernel, in the loader's words; "" if it gave none. */
#define MEM_LOADER_NAME	40
extern char mem_loader_name[MEM_LOADER_NAME];

extern size_t npages;
extern size_t npages_basemem;

/* The loader's hand-over, set by entry.S. */
extern uint32_t multiboot_magic;
extern physaddr_t multiboot_pa;

/*
 * Find out what memory there is: set mem_source, mem_ranges, npages (frames
 * from 0 to the end of the last one that the window reaches) and
 * npages_basemem (those below the I/O hole), and print them.
 * Panics if nothing says that there is memory.
 */
void	i386_detect_memory(void);

/*
 * Ask one source. Returns the number of reports put into out (MEM_MAX at
 * most), 0 if it does not answer. Asking twice does no harm. Probing writes
 * to memory and restores it; interrupts must be off.
 */
int	mem_ask(enum mem_source source, struct mem_report out[MEM_MAX]);

/*
 * Reports in any order, overlapping, empty or running past the end of the
 * address space, into sorted ranges with gaps between them. A byte is usable
 * if some usable report covers it and no other kind touches it. Returns their
 * number; what does not fit into max ranges is left out from the top.
 */
int	mem_normalize(const struct mem_report *in, int nin,
		      struct mem_range *out, int max);

/*
 * Reports out of a Multiboot memory map of len bytes. Stops at what cannot be
 * an entry. Returns their number, or 0 if there are more than max.
 */
int	mem_read_mmap(const void *map, uint32_t len, struct mem_report *out,
		      int max);

/* Where the last range ends that begins below limit; at most limit. */
uint64_t mem_end_below(const struct mem_range *ranges, int n, uint64_t limit);

/* First address at or after pa that is in no usable range; pa if not usable. */
uint64_t mem_usable_end(uint64_t pa);

/* The sizes of the classic summary line, in KiB. */
void	mem_summary(const struct mem_range *ranges, int n,
		    uint32_t *base, uint32_t *total);

#endif
