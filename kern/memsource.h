#ifndef PAGEWALK_KERN_MEMSOURCE_H
#define PAGEWALK_KERN_MEMSOURCE_H

#include <kern/memrange.h>

/* The sources of information about memory, the most reliable first. */
enum mem_source {
	MEM_FIRMWARE,
	MEM_CMOS,
	MEM_PROBE,
	MEM_NSOURCES
};

extern const char *const mem_source_names[MEM_NSOURCES];

/*
 * Ask one source. Returns the number of reports in out (at most MEM_MAX), or 0
 * if it knows nothing. Asking again gives the same answer. Probing writes to
 * memory and restores it.
 * => interrupts are off, for probing.
 */
int	mem_ask(enum mem_source source, struct mem_report out[MEM_MAX]);

/* The loader's name for itself; "" until it is read, or if it gave none. */
#define MEM_LOADER_NAME	40
extern char mem_loader_name[MEM_LOADER_NAME];

/* The loader's map cannot be read to its end, so none of it is used. */
extern bool mem_map_rejected;

/* The loader's magic number and information block, stored by entry.S. */
extern uint32_t multiboot_magic;
extern physaddr_t multiboot_pa;

#endif
