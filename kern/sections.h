#ifndef PAGEWALK_KERN_SECTIONS_H
#define PAGEWALK_KERN_SECTIONS_H

/* Places in the kernel image. */

#include <inc/memlayout.h>

/* The bounds of its sections (kernel.ld). */
extern char stext[], etext[], erodata[], edata[], end[];

/* The boot stack (kern/bootmem.S). */
extern char bootstack[], bootstacktop[];

/* The page below it, which entry_pgdir does not map. */
extern char bootguard[];

/* The first page directory, made by kern/entry.S. */
extern pde_t entry_pgdir[NPDENTRIES];

#if BENCH
/* The time-stamp counter at the kernel's first instruction. */
extern uint64_t entry_tsc;
#endif

#endif
