#ifndef PAGEWALK_INC_MEMLAYOUT_H
#define PAGEWALK_INC_MEMLAYOUT_H

/*
 * The layout of virtual and physical memory.
 *
 * Virtual memory, from the top. The right column shows the rights of kernel /
 * user: R read, W write, - none.
 *
 *   4 GiB -------->  +--------------------------------+
 *                    | all physical memory, from 0    |  RW/-
 *                    | ("the window"); in it, kernel  |
 *                    | text and read-only data: R/-   |
 *   KERNBASE ----->  +--------------------------------+  = KSTACKTOP
 *                    | CPU 0's kernel stack, KSTKSIZE |  RW/-
 *                    +- - - - - - - - - - - - - - - - +
 *                    | guard gap, KSTKGAP             |  -/-
 *                    +- - - - - - - - - - - - - - - - +
 *                    | CPU 1's stack, its gap, ...    |
 *   DFSTACKTOP --->  +- - - - - - - - - - - - - - - - +
 *                    | the double fault's stack       |  RW/-
 *                    +- - - - - - - - - - - - - - - - +
 *                    | guard gap, KSTKGAP             |  -/-
 *   MMIOLIM ------>  +--------------------------------+  a table's width
 *                    | memory-mapped devices          |  RW/-
 *   ULIM, MMIOBASE   +--------------------------------+
 *                    | this directory, seen as a      |  R/R
 *                    | page table                     |
 *   UVPT --------->  +--------------------------------+
 *                    | the array `pages`              |  R/R
 *   UPAGES ------->  +--------------------------------+
 *                    | the array `envs`               |  R/R
 *   UTOP, UENVS -->  +--------------------------------+  = UXSTACKTOP
 *                    | user exception stack, one page |  RW/RW
 *                    +--------------------------------+
 *                    | guard page                     |  -/-
 *   USTACKTOP ---->  +--------------------------------+
 *                    | user stack, growing down       |  RW/RW
 *                    | ...                            |
 *                    | program: text, data, heap      |
 *   UTEXT -------->  +--------------------------------+
 *                    | scratch for libraries: PFTEMP, |
 *                    | UTEMP, USTABDATA               |
 *                    | page 0, unmapped               |
 *   0 ------------>  +--------------------------------+
 *
 * Physical memory:
 *
 *                    +--------------------------------+  npages * PGSIZE
 *                    | free frames                    |
 *                    +--------------------------------+  boot_alloc(0)
 *                    | from boot_alloc: the kernel's  |
 *                    | directory, `pages`             |
 *                    +--------------------------------+  end
 *                    | kernel image                   |
 *   EXTPHYSMEM --->  +--------------------------------+
 *                    | I/O hole: video memory, ROMs   |
 *   IOPHYSMEM ---->  +--------------------------------+
 *                    | free frames, less what the     |
 *                    | firmware keeps at their end    |
 *                    +--------------------------------+
 *                    | frame 0: BIOS data, never used |
 *   0 ------------>  +--------------------------------+
 */

#include <inc/mmu.h>

/* Selectors in the global descriptor table. */
#define GD_KT		0x08	/* kernel text */
#define GD_KD		0x10	/* kernel data */
#define GD_UT		0x18	/* user text */
#define GD_UD		0x20	/* user data */
#define GD_TSS0		0x28	/* task state of CPU 0 */

/* The window: physical address 0 appears here. */
#define KERNBASE	0xF0000000
#define KERNWINSIZE	(0xFFFFFFFF - KERNBASE + 1)

/* The hole in low memory: its start and its end. */
#define IOPHYSMEM	0x0A0000
#define EXTPHYSMEM	0x100000

/* Kernel stacks, from KSTACKTOP downwards, each with a gap below it. */
#define KSTACKTOP	KERNBASE
#define KSTKSIZE	(8 * PGSIZE)
#define KSTKGAP		(8 * PGSIZE)

/* The lowest of these places is for the double fault's stack. */
#define DFSTACKTOP	(MMIOLIM + KSTKGAP + KSTKSIZE)

#define MMIOLIM		(KSTACKTOP - PTSIZE)
#define MMIOBASE	(MMIOLIM - PTSIZE)

/* Users have no rights at and above ULIM. */
#define ULIM		MMIOBASE

#define UVPT		(ULIM - PTSIZE)
#define UPAGES		(UVPT - PTSIZE)
#define UENVS		(UPAGES - PTSIZE)

/* User memory ends at UTOP. */
#define UTOP		UENVS
#define UXSTACKTOP	UTOP
#define USTACKTOP	(UTOP - 2 * PGSIZE)

#define UTEXT		(2 * PTSIZE)
/* Pointers, because programs pass them to functions that take one. */
#define UTEMP		((void *)PTSIZE)
#define PFTEMP		((void *)(2 * PTSIZE - PGSIZE))
#define USTABDATA	(PTSIZE / 2)

/* The start-up code of the other processors, in real mode. */
#define MPENTRY_PADDR	0x7000

/*
 * Physical memory that the first page tables (kern/entry.S) map at KERNBASE:
 * the kernel image, then `pages` for a 2 GiB machine, and a reserve.
 */
#define ENTRY_MAPPED	(4 * PTSIZE)

#ifndef __ASSEMBLER__

_Static_assert(KERNBASE % PTSIZE == 0, "the window fills whole tables");
_Static_assert(MMIOLIM % PTSIZE == 0, "the stacks fill a table of their own");
_Static_assert(KSTACKTOP - MMIOLIM >= KSTKSIZE + KSTKGAP,
	       "a stack and its gap fit above MMIOLIM");
_Static_assert((KSTACKTOP - DFSTACKTOP) % (KSTKSIZE + KSTKGAP) == 0,
	       "the double fault's stack is in a processor's place");
_Static_assert(UVPT % PTSIZE == 0, "the self-map needs a directory entry");
_Static_assert(UTEXT > 2 * PTSIZE - PGSIZE, "PFTEMP lies below the program");

/* A frame's state. Zero is the safe one: not to be allocated. */
enum {
	PG_RESERVED = 0,	/* never allocated: firmware, kernel, absent */
	PG_FREE,		/* on page_free_list */
	PG_USED,		/* allocated by page_alloc */
};

/* Flags of a frame with a user's page, while there is a swap area. */
enum {
	PP_PAGED = 1 << 0,	/* may leave memory; it is in the ring */
	PP_BUSY = 1 << 1,	/* in a transfer from or to the disk */
	PP_FILLING = 1 << 2,	/* the disk reads into it */
	PP_DIRTY = 1 << 3,	/* a mapping that had written to it has gone */
};

/*
 * A physical frame; pages[n] describes the frame at n * PGSIZE. Users read the
 * array at UPAGES, so the layout is an interface.
 *
 * The state is explicit, because pp_link does not tell it: it is NULL in the
 * last free frame and in all used ones.
 */
struct PageInfo {
	struct PageInfo *pp_link;	/* next free frame; NULL when in use */
	uint16_t pp_ref;		/* entries that map it, and holds */
	uint8_t pp_state;		/* PG_* */
	uint8_t pp_flags;		/* PP_*; 0 if it cannot leave memory */
};
#if __SIZEOF_POINTER__ == 4
_Static_assert(sizeof(struct PageInfo) == 8, "users index pages by 8 bytes");
#endif

#endif /* !__ASSEMBLER__ */
#endif
