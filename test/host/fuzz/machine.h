#ifndef PAGEWALK_TEST_FUZZ_MACHINE_H
#define PAGEWALK_TEST_FUZZ_MACHINE_H

/*
 * The simulated machine: RAM, what the firmware says of it, and what stands
 * between page.c and its callers to watch the frames.
 */

#include <kern/pmap.h>
#include <kern/physmem.h>
#include <kern/sections.h>

/* A little more than entry.S maps, so that there are frames beyond that. */
#define RAM_SIZE	(ENTRY_MAPPED + PTSIZE)
#define RAM_FRAMES	(RAM_SIZE / PGSIZE)

/* How the machine is set up for one sequence. */
#define BOOT_RANGES	6
#define BOOT_ALLOCS	3
struct boot {
	bool whole;		/* by mem_init, else by page_init alone */
	bool pse, pge;
	int nranges;
	struct mem_range ranges[BOOT_RANGES];
	int nallocs;		/* boot_alloc before anything else */
	uint32_t allocs[BOOT_ALLOCS];
};

/* Everything as before the kernel ran. */
void	machine_reset(const struct boot *boot);

/* Frames below this one the firmware told of; as physmem.c would count. */
ppn_t	machine_npages(const struct boot *boot);

/* The word at physical address pa; it must be in RAM. */
uint32_t *machine_word(physaddr_t pa);

/* Does page_free's poison lie in this free frame? */
extern bool bears_poison[RAM_FRAMES];

/* What the last panic said. */
extern char panic_text[256];

/* A word that nothing else writes, for memory whose contents are anything. */
#define GARBAGE	0xDEADBEA7U

/* kernel_page.c: page.c itself. */
struct PageInfo *kernel_page_alloc(int alloc_flags);
void	kernel_page_free(struct PageInfo *pp);
void	kernel_page_decref(struct PageInfo *pp);
void	*kernel_boot_alloc(uint32_t n);
void	kernel_page_reset(void);

#endif
