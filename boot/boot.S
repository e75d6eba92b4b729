/*
 * The boot sector: all of the code between the BIOS and the kernel.
 *
 * The BIOS loads this one sector to START, in real mode, with the number of
 * the disk in dl. The kernel's ELF file begins at the disk's next sector. In
 * order of execution we
 *
 *	1. set up segments and stack, open the A20 gate;
 *	2. ask whether the disk takes extended (LBA) reads;
 *	3. build a Multiboot information block with the BIOS's memory map;
 *	4. read the ELF header, enter protected mode, call load_kernel (main.c).
 *
 * load_kernel checks the file and comes back here for each segment. Only the
 * BIOS can read every kind of disk and only in real mode, into the first
 * megabyte; only protected mode reaches the kernel's place above it. So
 * load_segment goes to and fro: in real mode it has the BIOS read a chunk to
 * a bounce buffer, in protected mode it copies the chunk on.
 *
 * Not our job: paging, other processors, what the kernel does next; and
 * partitions: a BIOS that starts only disks with a partition table does not
 * start ours. Limits, all checked: program headers in the file's first sector,
 * segments within FILE_LIMIT in the file and LOAD_START to LOAD_END in memory.
 * An error prints its word (boot.h) on screen and COM1, and stops.
 *
 * There are 510 bytes for all this, and that is why the code leans on values
 * that a register happens to hold. Each such place says so.
 *
 * BIOS calls (INT 10h, 13h, 14h, 15h) keep all registers but those in which
 * they return something. The far jumps between the modes, and what has to be
 * reloaded after each: SDM 3A, "Mode Switching".
 */
#include <boot/boot.h>

#define RETRIES		5	/* failing reads, in the whole of a boot */

#define CRLF		0x0a0d	/* "\r\n" in memory */

#define MAP_SIGNATURE	0x534d4150	/* "SMAP" */
#define MAP_SIGNATURE_LOW	0x50
#define MAP_ENTRY	20	/* base, length, type */

/* In a section of its own, so that tools disassemble it as 16-bit code. */
	.section .real, "ax", @progbits
	.code16

	.globl	start
start:
	/*
	 * 1. Some BIOSes jump to 0:START, others to START>>4:0. Jumps and
	 * calls are relative, so cs does not matter yet. es is for the map.
	 * All of esp is set: protected mode will use all of it.
	 */
	xor	%ax, %ax
	mov	%ax, %ds
	mov	%ax, %ss
	mov	$STACK_TOP, %esp
	pushw	$(MAP + 4) >> 4
	pop	%es
	push	%dx			/* is now at DRIVE */
	mov	$1, %bp			/* for first_read; here, so that a
					   short jump reaches stop */

	/*
	 * With the A20 gate shut, address bit 20 is always 0 and odd megabytes
	 * are out of reach. This asks the BIOS; enter_protected opens the gate
	 * by port as well, each time, as BIOS calls may have shut it.
	 */
	mov	$0x2401, %ax
	int	$0x15

	/* 2. Extended reads? Carry clear says yes; dl is still the disk. */
	pushl	$WORD_NO_LBA		/* for stop; else it stays */
	mov	$0x41, %ah
	mov	$0x55aa, %bx
	int	$0x13
	jc	stop

	/*
	 * 3. The memory map (INT 15h, eax = E820h), an entry a call: each goes
	 * to es:di, which is MAP + 4 + di, behind its size field. ebx says how
	 * far the BIOS has come: 0 at first, and again after the last entry.
	 * Without the function, or at an error, the map ends where it is, and
	 * an empty map makes the kernel look elsewhere. It may fill 32 KiB:
	 * then di turns negative.
	 */
	xor	%di, %di
	xor	%ebx, %ebx
	xor	%ecx, %ecx
next_entry:
	mov	$MAP_ENTRY, %cl
	mov	%ecx, MAP(%di)
	mov	$0xe820, %eax
	mov	$MAP_SIGNATURE, %edx
	int	$0x15
	jc	end_of_map
	cmp	$MAP_SIGNATURE_LOW, %al	/* eax echoes it; a byte will do */
	jne	end_of_map
	add	$4 + MAP_ENTRY, %di
	js	end_of_map
	test	%ebx, %ebx
	jnz	next_entry
end_of_map:

	/*
	 * The information block is pushed, last field first, and so ends up at
	 * INFO. di is the length of the map. Between it and the flags lie
	 * fields that no flag declares valid: they may hold anything.
	 */
	xor	%eax, %eax
	cltd				/* edx = 0 too */
	push	%ax
	pushw	$MAP			/* mmap_addr */
	push	%ax
	push	%di			/* mmap_length */
	sub	$INFO_SIZE - 12, %sp
	pushl	$MULTIBOOT_HAS_MMAP	/* flags */

	/*
	 * 4. Go on as if load_kernel, before its first instruction, had called
	 * read_disk: for one sector (bp) at offset 0 of the file (edx), to
	 * HEADER (cx). ecx then is load_kernel's argument.
	 */
first_read:
	push	%ax
	pushw	$load_kernel		/* "return" address, 32 bits */
	mov	$HEADER, %cx

/*
 * Real mode again: we come from 16-bit protected mode, with eax = 0, which has
 * no PE bit. ds and ss need real-mode values; the BIOS calls that we
 * use do not look at the others.
 */
leave_protected:
	mov	%eax, %cr0
	ljmp	$0, $1f			/* reloads cs */
1:	mov	%ax, %ds
	mov	%ax, %ss
	sti				/* BIOSes may wait for the timer */
	jcxz	stop			/* fail was called, not read_disk */

/*
 * Read bp sectors, from the one that holds byte edx of the file on, to 0:cx;
 * then return to protected mode with all registers as they were. eax = 0. On
 * the stack: the disk address packet (INT 13h, ah = 42h), pushed last field
 * first. A failing read changes the packet: it is built anew for each try.
 */
read:
	pushal
	shr	$9, %edx		/* bytes to sectors */
	inc	%dx			/* the file begins at sector 1 */
	pushl	%eax			/* sector number, high and */
	pushl	%edx			/* low half */
	push	%ax			/* buffer: segment and */
	push	%cx			/* offset */
	push	%bp			/* sectors to read */
	pushw	$16			/* size of the packet */
	mov	%sp, %si
	mov	$0x42, %ah
	mov	DRIVE, %dl
	int	$0x13
	popaw				/* drops the packet: 16 bytes */
	popal				/* neither changes the carry flag */
	jnc	enter_protected
	decb	retries
	jnz	read
	pushl	$WORD_DISK

/*
 * The end of a boot that failed: print the word on top of the stack, on a line
 * of its own, on screen (INT 10h) and COM1 (INT 14h), which not every BIOS has
 * set up.
 */
stop:
	pushw	$CRLF
	mov	$0xe3, %ax		/* 9600 bits/s, 8 bits, no parity */
	cwd				/* dx = 0: COM1 */
	int	$0x14
	xor	%bx, %bx		/* text page 0 */
	mov	$6, %cx
1:	pop	%ax			/* two letters off the stack, */
	dec	%sp			/* and one back on */
	mov	$0x0e, %ah
	int	$0x10
	mov	$1, %ah
	int	$0x14
	loop	1b
1:	hlt
	jmp	1b

/*
 * To 32-bit protected mode, with flat segments, and to the return address on
 * the stack. eax = 0. BIOS calls may have enabled interrupts, turned string
 * operations around, shut the A20 gate, and loaded a descriptor table of their
 * own, so we do not rely on having done any of this before.
 */
enter_protected:
	cli
	cld
	mov	$2, %al			/* bit 1: A20; bit 0 would reset */
	out	%al, $0x92
	lgdt	gdt_pointer
	dec	%ax			/* eax = 1: the PE bit */
	mov	%eax, %cr0
	ljmp	$CODE32, $in_protected

	.section .prot, "ax", @progbits
	.code32

in_protected:
	mov	$DATA32, %al		/* the rest of eax is 0 */
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %fs
	mov	%eax, %gs
	mov	%eax, %ss
	ret

/*
 * Load a segment: edi = physical address, edx = offset in the file, ecx =
 * bytes in the file, ebx = bytes in memory (see boot.h). Keeps all registers.
 *
 * All chunks but the first are of full size, so the first has what is left
 * over. A chunk may begin and end anywhere in a sector: only the sectors
 * that it touches are read, as the disk may end with the last of them.
 */
	.globl	load_segment
load_segment:
	pushal
	sub	%ecx, %ebx		/* bytes to clear, at the end */
next_chunk:
	jecxz	clear
	push	%ecx			/* bytes left */
	mov	%edx, %esi
	and	$SECTOR - 1, %esi	/* where in its sector it begins */
	lea	-1(%ecx), %eax
	and	$CHUNK - 1, %eax	/* length of the chunk, less 1 */
	lea	(%eax, %esi), %ebp
	shr	$9, %ebp
	inc	%ebp			/* sectors that it touches */
	inc	%eax
	push	%eax
	xor	%ecx, %ecx
	mov	$BOUNCE >> 8, %ch
	add	%ecx, %esi
	call	read_disk
	pop	%ecx			/* length of the chunk */
	add	%ecx, %edx
	sub	%ecx, (%esp)
	mov	%ecx, %eax
	shr	$2, %ecx
	rep movsl
	xchg	%eax, %ecx
	and	$3, %ecx
	rep movsb
	pop	%ecx
	jmp	next_chunk
clear:
	/*
	 * Whole words: up to three bytes too many, which is harmless in a
	 * file whose segments are in ascending order, as ELF demands.
	 */
	xchg	%ebx, %ecx
	xor	%eax, %eax
	add	$3, %ecx
	shr	$2, %ecx
	rep stosl
	popal
	ret

/* fail(word) enters real mode as read_disk does, but without a buffer. */
	.globl	fail
fail:
	push	%eax
	xor	%ecx, %ecx

/* Do in real mode what `read` says, and come back. Changes eax. */
read_disk:
	xor	%eax, %eax
	ljmp	$CODE16, $leave_protected

/*
 * The descriptor table, flat segments all. No selector uses its first slot, so
 * the pointer to the table lives there. In 16-bit code lgdt uses 24 bits of
 * the base: the last byte of the slot is the first of the next.
 */
gdt = . - 3
gdt_pointer:
	.word	gdt_end - gdt - 1
	.word	gdt
	.byte	0
	.word	0xffff, 0, 0x9a00, 0x00cf	/* CODE32 */
	.word	0xffff, 0, 0x9200, 0x00cf	/* DATA32 */
	.word	0xffff, 0, 0x9a00, 0x0000	/* CODE16 */
gdt_end:

retries:
	.byte	RETRIES

/* Tells the linker that nothing here wants an executable stack. */
	.section .note.GNU-stack, "", @progbits
