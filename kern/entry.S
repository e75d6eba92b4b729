/*
 * The kernel's first instructions: from a loader's world to C.
 *
 * A Multiboot loader (our own boot sector, GRUB, QEMU's -kernel) jumps to
 * _start in 32-bit protected mode with paging off, interrupts off, the magic
 * number in eax and the physical address of its information block in ebx.
 * The code here runs at 1 MiB but is linked at KERNBASE + 1 MiB, so until
 * paging is on, each symbol needs RELOC().
 *
 * Job: clear the BSS, make the first page tables, switch paging on, jump to
 * the high addresses, take the low ones away again, call i386_init. Not its
 * job: anything that C can do.
 *
 * The first tables map physical memory from 0 to ENTRY_MAPPED at KERNBASE,
 * writable, with 4 KiB pages so that every processor can do it, and for the
 * jump the same at 0. They are needed until mem_init loads the real
 * directory, and again when a double fault finds that one broken.
 */

#include <inc/mmu.h>
#include <inc/memlayout.h>
#include <inc/multiboot.h>

#define RELOC(x)	((x) - KERNBASE)

#define HEADER_FLAGS	(MULTIBOOT_WANT_MEMORY | MULTIBOOT_GIVES_PLACES)

	.text
	.globl	_start, entry

	/* By custom the entry is 12 bytes from the start. */
1:	jmp	entry
	.org	1b + 12, 0x90

	/* What the ELF header gives as entry point is physical. */
	.set	_start, RELOC(entry)

	.type	entry, @function
entry:
#if BENCH
	/* The starting time, before anything else is counted. */
	movl	%eax, %esi
	rdtsc
	movl	%eax, %ebp
	movl	%edx, %esp
	movl	%esi, %eax
#endif
	cld
	movl	%eax, %esi		/* the loader's magic number, */
	movl	%ebx, %edx		/* and its information block */

	/* Loaders clear what they know of; COMMON or padding may remain. */
	movl	$RELOC(bss_start), %edi
	movl	$RELOC(bss_end), %ecx
	subl	%edi, %ecx
	shrl	$2, %ecx
	xorl	%eax, %eax
	rep stosl

	movl	%esi, RELOC(multiboot_magic)
	movl	%edx, RELOC(multiboot_pa)
#if BENCH
	movl	%ebp, RELOC(entry_tsc)
	movl	%esp, RELOC(entry_tsc) + 4
#endif

	/* The tables: one entry a page, physical address and rights. */
	movl	$RELOC(entry_tables), %edi
	movl	$(PTE_P | PTE_W), %eax
1:	stosl
	addl	$PGSIZE, %eax
	cmpl	$(ENTRY_MAPPED | PTE_P | PTE_W), %eax
	jb	1b

	/* Below the boot stack is nothing: an overflow is a double fault. */
	movl	$RELOC(bootguard), %eax
	shrl	$PGSHIFT, %eax
	movl	$0, RELOC(entry_tables)(,%eax,4)

	/* The directory: each table twice, low and high. */
	movl	$RELOC(entry_pgdir), %edi
	movl	$(RELOC(entry_tables) + (PTE_P | PTE_W)), %eax
	xorl	%ecx, %ecx
2:	movl	%eax, (%edi,%ecx,4)
	movl	%eax, 4 * PDX(KERNBASE)(%edi,%ecx,4)
	addl	$PGSIZE, %eax
	incl	%ecx
	cmpl	$(ENTRY_MAPPED / PTSIZE), %ecx
	jb	2b

	/* WP: a read-only page is read-only for the kernel too. */
	movl	%edi, %cr3
	movl	%cr0, %eax
	orl	$(CR0_PE | CR0_PG | CR0_WP), %eax
	movl	%eax, %cr0

	/* Still at low addresses; an indirect jump takes the linked one. */
	movl	$.Lhigh, %eax
	jmp	*%eax
.Lhigh:
	/* Nothing is to be found at 0 any more: a null pointer faults. */
	xorl	%eax, %eax
	movl	$entry_pgdir, %edi
	movl	$(ENTRY_MAPPED / PTSIZE), %ecx
	rep stosl
	movl	%cr3, %eax
	movl	%eax, %cr3

	/* A zero frame pointer ends every backtrace. */
	xorl	%ebp, %ebp
	movl	$bootstacktop, %esp
	call	i386_init

	/* i386_init does not return. */
3:	cli
	hlt
	jmp	3b
	.size	entry, . - entry

	/*
	 * Loaders look for this in the first 8 KiB of the file, 4-byte
	 * aligned. With the places in it the file is loaded as it lies there,
	 * and nobody reads its ELF header: GRUB 2 takes the entry point there
	 * for a virtual address, our boot sector and QEMU for a physical one.
	 */
	.align	4
	.globl	multiboot_header
multiboot_header:
	.long	MULTIBOOT_HEADER_MAGIC
	.long	HEADER_FLAGS
	.long	-(MULTIBOOT_HEADER_MAGIC + HEADER_FLAGS)
	.long	RELOC(multiboot_header)
	.long	RELOC(stext)		/* load from here */
	.long	RELOC(edata)		/* to here, */
	.long	RELOC(end)		/* and clear up to here */
	.long	RELOC(entry)

	/* For kernel.ld, which cannot read inc/memlayout.h but compares. */
	.globl	LAYOUT_KERNBASE, LAYOUT_EXTPHYSMEM, LAYOUT_ENTRY_MAPPED
	.set	LAYOUT_KERNBASE, KERNBASE
	.set	LAYOUT_EXTPHYSMEM, EXTPHYSMEM
	.set	LAYOUT_ENTRY_MAPPED, ENTRY_MAPPED

	.section .note.GNU-stack, "", @progbits
