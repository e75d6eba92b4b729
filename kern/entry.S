/*
 * The kernel's first instructions.
 *
 * A Multiboot loader (our own boot sector, GRUB, QEMU's -kernel) jumps to
 * _start in 32-bit protected mode, with paging and interrupts off. eax has the
 * magic number, ebx the physical address of the loader's information block.
 * The code runs at 1 MiB but is linked at KERNBASE + 1 MiB: until paging is
 * on, each symbol needs RELOC().
 *
 * Job: clear the BSS, make the first page tables, enable paging, jump to the
 * high addresses, remove the low mapping, call i386_init. Not its job:
 * anything that C can do.
 *
 * The first tables map physical memory from 0 to ENTRY_MAPPED at KERNBASE, and
 * at 0 for the jump. The pages are writable, and 4 KiB large, because not
 * every processor has larger ones. The tables are in use until mem_init loads
 * the real directory, and again if a double fault finds that directory
 * damaged.
 */

#include <inc/mmu.h>
#include <inc/memlayout.h>
#include <inc/multiboot.h>

#define RELOC(x)	((x) - KERNBASE)

#define HEADER_FLAGS	(MULTIBOOT_WANT_MEMORY | MULTIBOOT_GIVES_PLACES)

	.text
	.globl	_start, entry

	/* By convention, the entry is 12 bytes from the start. */
1:	jmp	entry
	.org	1b + 12, 0x90

	/* The ELF header's entry point is a physical address. */
	.set	_start, RELOC(entry)

	.type	entry, @function
entry:
#if BENCH
	/* Read the counter before anything else. */
	movl	%eax, %esi
	rdtsc
	movl	%eax, %ebp
	movl	%edx, %esp
	movl	%esi, %eax
#endif
	cld
	movl	%eax, %esi		/* magic number */
	movl	%ebx, %edx		/* information block */

	/*
	 * Loaders clear only the BSS they know about; clear COMMON and
	 * padding, too.
	 */
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

	/* The tables: an entry for each page. */
	movl	$RELOC(entry_tables), %edi
	movl	$(PTE_P | PTE_W), %eax
1:	stosl
	addl	$PGSIZE, %eax
	cmpl	$(ENTRY_MAPPED | PTE_P | PTE_W), %eax
	jb	1b

	/* Unmap the page below each stack: an overflow double-faults. */
	movl	$RELOC(bootguard), %eax
	shrl	$PGSHIFT, %eax
	movl	$0, RELOC(entry_tables)(,%eax,4)
	movl	$RELOC(df_guard), %eax
	shrl	$PGSHIFT, %eax
	movl	$0, RELOC(entry_tables)(,%eax,4)

	/* The directory: each table twice, for low and high addresses. */
	movl	$RELOC(entry_pgdir), %edi
	movl	$(RELOC(entry_tables) + (PTE_P | PTE_W)), %eax
	xorl	%ecx, %ecx
2:	movl	%eax, (%edi,%ecx,4)
	movl	%eax, 4 * PDX(KERNBASE)(%edi,%ecx,4)
	addl	$PGSIZE, %eax
	incl	%ecx
	cmpl	$(ENTRY_MAPPED / PTSIZE), %ecx
	jb	2b

	/* WP: read-only pages are read-only for the kernel, too. */
	movl	%edi, %cr3
	movl	%cr0, %eax
	orl	$(CR0_PE | CR0_PG | CR0_WP), %eax
	movl	%eax, %cr0

	/* Still at low addresses: jump to the linked, high address. */
	movl	$.Lhigh, %eax
	jmp	*%eax
.Lhigh:
	/* Remove the low mapping, so that null pointers fault. */
	xorl	%eax, %eax
	movl	$entry_pgdir, %edi
	movl	$(ENTRY_MAPPED / PTSIZE), %ecx
	rep stosl
	movl	%cr3, %eax
	movl	%eax, %cr3

	/* A frame pointer of 0 ends every backtrace. */
	xorl	%ebp, %ebp
	movl	$bootstacktop, %esp
	call	i386_init

	/* i386_init does not return. */
3:	cli
	hlt
	jmp	3b
	.size	entry, . - entry

	/*
	 * Loaders look for this header in the first 8 KiB of the file, 4-byte
	 * aligned. With the address fields set, they copy the file as it is
	 * and ignore its ELF header. GRUB 2 would take the ELF entry point for
	 * a virtual address; our boot sector and QEMU, for a physical one.
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

	/* For kernel.ld's assertions: it cannot include inc/memlayout.h. */
	.globl	LAYOUT_KERNBASE, LAYOUT_EXTPHYSMEM, LAYOUT_ENTRY_MAPPED
	.set	LAYOUT_KERNBASE, KERNBASE
	.set	LAYOUT_EXTPHYSMEM, EXTPHYSMEM
	.set	LAYOUT_ENTRY_MAPPED, ENTRY_MAPPED

	.section .note.GNU-stack, "", @progbits
