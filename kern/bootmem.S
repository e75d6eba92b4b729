/*
 * Memory that the kernel needs before it can allocate any: the boot stack, the
 * double fault's stack, and the first page tables. kern/entry.S fills the
 * tables and uses the boot stack first; kern/sections.h declares them for C.
 *
 * The first tables leave out the page below each stack. The kernel's directory
 * shows both stacks again below KSTACKTOP, with gaps, because its window shows
 * all of physical memory.
 */

#include <inc/mmu.h>
#include <inc/memlayout.h>

	/*
	 * In front of the user programs' bytes, and so in the file (kernel.ld).
	 * After it comes other data, which is mapped: a backtrace shows words
	 * above the frame of `entry`, at the stack's top.
	 */
	.section .data.boot_stack, "aw", @progbits
	.balign	PGSIZE
	.globl	bootguard, bootstack, bootstacktop
bootguard:
	.space	PGSIZE
bootstack:
	.space	KSTKSIZE
bootstacktop:

	.section .bss.page_aligned, "aw", @nobits
	.balign	PGSIZE
	.globl	df_guard, df_stack
df_guard:
	.space	PGSIZE
df_stack:
	.space	KSTKSIZE

	.globl	entry_pgdir, entry_tables
entry_pgdir:
	.space	PGSIZE
entry_tables:
	.space	ENTRY_MAPPED / PGSIZE * 4

#if BENCH
	/* The time-stamp counter at the kernel's first instruction. */
	.globl	entry_tsc
	.bss
	.balign	8
entry_tsc:
	.space	8
#endif

	.section .note.GNU-stack, "", @progbits
