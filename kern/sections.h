#ifndef PAGEWALK_KERN_SECTIONS_H
#define PAGEWALK_KERN_SECTIONS_H

/* Places in the kernel image. */

#include <inc/memlayout.h>

/* The bounds of its sections (kernel.ld). */
extern char stext[], etext[], erodata[], edata[], end[];

/* The boot stack (kern/bootmem.S). */
extern char bootstack[], bootstacktop[];

/* The double fault's stack, in words. */
extern uint32_t df_stack[KSTKSIZE / 4];

/* The pages below these stacks, which entry_pgdir does not map. */
extern char bootguard[], df_guard[];

/* True if va is in one of them. */
static inline bool
in_guard_page(uintptr_t va)
{
	return va - (uintptr_t)bootguard < PGSIZE
		|| va - (uintptr_t)df_guard < PGSIZE;
}

/* The first page directory, made by kern/entry.S. */
extern pde_t entry_pgdir[NPDENTRIES];

#if BENCH
/* The time-stamp counter at the kernel's first instruction. */
extern uint64_t entry_tsc;
#endif

#endif
