#ifndef PAGEWALK_TEST_FUZZ_MACHINE_H
#define PAGEWALK_TEST_FUZZ_MACHINE_H

/*
 * The simulated machine: RAM, the firmware's map of it, and wrappers of page.c
 * that watch the frames.
 */

#include <kern/pmap.h>
#include <kern/physmem.h>
#include <kern/sections.h>

/* A little more than entry.S maps, so that some frames are beyond it. */
#define RAM_SIZE	(ENTRY_MAPPED + PTSIZE)
#define RAM_FRAMES	(RAM_SIZE / PGSIZE)

/* The machine's configuration for one sequence. */
#define BOOT_RANGES	6
#define BOOT_ALLOCS	3
struct boot {
	bool whole;		/* call mem_init, else only page_init */
	bool pse, pge;
	int nranges;
	struct mem_range ranges[BOOT_RANGES];
	int nallocs;		/* calls of boot_alloc before page_init */
	uint32_t allocs[BOOT_ALLOCS];
};

/* Reset the machine to its state before the kernel runs. */
void	machine_reset(const struct boot *boot);

/* npages, as physmem.c would compute it from the firmware's map. */
ppn_t	machine_npages(const struct boot *boot);

/* The word at physical address pa. => pa is in RAM. */
uint32_t *machine_word(physaddr_t pa);

/* True for each free frame that page_free has filled with poison. */
extern bool bears_poison[RAM_FRAMES];

/* The last panic's message. */
extern char panic_text[256];

/* A word that nothing else writes, for memory with undefined contents. */
#define GARBAGE	0xDEADBEA7U

/* The functions of page.c, under kernel_page.c's names. */
struct PageInfo *kernel_page_alloc(int alloc_flags);
void	kernel_page_free(struct PageInfo *pp);
void	kernel_page_decref(struct PageInfo *pp);
void	*kernel_boot_alloc(uint32_t n);
void	kernel_page_reset(void);

#endif
