#ifndef PAGEWALK_KERN_PHYSMEM_H
#define PAGEWALK_KERN_PHYSMEM_H

#include <kern/memsource.h>

/* The source in use, and its usable ranges: sorted, with gaps between them. */
extern enum mem_source mem_source;
extern struct mem_range mem_ranges[MEM_MAX];
extern int mem_nranges;

/* Frames below the I/O hole. */
extern size_t npages_basemem;

/*
 * Detect memory: set mem_source, mem_ranges, npages (kern/kaddr.h) and
 * npages_basemem, and print what was found.
 * Panics if no source reports memory.
 */
void	i386_detect_memory(void);

/*
 * The end of the usable range that contains pa, or pa if no range contains
 * it.
 */
uint64_t mem_usable_end(uint64_t pa);

#endif
