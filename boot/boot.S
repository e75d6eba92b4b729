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
 * load_kernel checks the file and calls load_segment here for each segment.
 * Only the BIOS can read every kind of disk, and only in real mode, into the
 * first megabyte; only protected mode can write above it. So load_segment
 * switches modes for each chunk: in real mode, the BIOS reads it into a bounce
 * buffer; in protected mode, we copy it to its place.
 *
 * Not our job: paging, other processors, partitions. (A BIOS that starts only
 * disks with a partition table does not start ours.) Limits, all checked:
 * program headers in the file's first sector, segments within FILE_LIMIT in the
 * file and LOAD_START to LOAD_END in memory. An error prints its word (boot.h)
 * on screen and COM1, and stops.
 *
 * All this must fit 510 bytes, so the code relies on values that a register
 * happens to hold. Comments mark these places.
 *
 * BIOS calls (INT 10h, 13h, 14h, 15h) preserve all registers except those that
 * return something. For the far jumps between the modes, and what must be
 * reloaded after each, see SDM 3A, "Mode Switching".
 */
#include <boot/boot.h>

#define RETRIES		5	/* failing reads in a boot */

#define CRLF		0x0a0d	/* "\r\n" in memory */

#define MAP_SIGNATURE	0x534d4150	/* "SMAP" */
#define MAP_SIGNATURE_LOW	0x50
#define MAP_ENTRY	20	/* base, length, type */

/* A separate section, so that tools disassemble it as 16-bit code. */
	.section .real, "ax", @progbits
	.code16

	.globl	start
start:
	/*
	 * 1. Some BIOSes jump to 0:START, others to START>>4:0. Jumps and
	 * calls are relative, so cs does not matter yet. es is for the map.
	 * Set all 32 bits of esp, because protected mode uses them.
	 */
	xor	%ax, %ax
	mov	%ax, %ds
	mov	%ax, %ss
	mov	$STACK_TOP, %esp
	pushw	$(MAP + 4) >> 4
	pop	%es
	push	%dx			/* stored at DRIVE */
	mov	$1, %bp			/* for first_read; here, so that a
					   short jump reaches stop */

	/*
	 * With the A20 gate closed, address bit 20 is always 0, and odd
	 * megabytes cannot be accessed. Ask the BIOS to open it.
	 * enter_protected also opens it by port, each time, because BIOS calls
	 * may close it.
	 */
	mov	$0x2401, %ax
	int	$0x15

	/* 2. Extended reads exist if carry is clear. dl is still the disk. */
	pushl	$WORD_NO_LBA		/* for stop; else unused */
	mov	$0x41, %ah
	mov	$0x55aa, %bx
	int	$0x13
	jc	stop

	/*
	 * 3. The memory map (INT 15h, eax = E820h). Each call stores an entry
	 * at es:di, which is MAP + 4 + di, after its size field. ebx is the
	 * BIOS's position: 0 at first, and 0 after the last entry. The map ends
	 * early if the function fails or is missing; the kernel tries other
	 * sources if the map is empty. The limit is 32 KiB: then di becomes
	 * negative.
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
	cmp	$MAP_SIGNATURE_LOW, %al	/* returned in eax; test one byte */
	jne	end_of_map
	add	$4 + MAP_ENTRY, %di
	js	end_of_map
	test	%ebx, %ebx
	jnz	next_entry
end_of_map:

	/*
	 * Push the information block, last field first, so that it begins at
	 * INFO. di is the length of the map. The fields between it and the
	 * flags may hold anything, because no flag declares them valid.
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
	 * 4. Continue as if load_kernel, before its first instruction, had
	 * called read_disk for one sector (bp) at offset 0 of the file (edx),
	 * to HEADER (cx). ecx is then load_kernel's argument.
	 */
first_read:
	push	%ax
	pushw	$load_kernel		/* "return" address, 32 bits */
	mov	$HEADER, %cx

/*
 * Return to real mode, from 16-bit protected mode, with eax = 0, which clears
 * PE. ds and ss need real-mode values; our BIOS calls do not use the other
 * segment registers.
 */
leave_protected:
	mov	%eax, %cr0
	ljmp	$0, $1f			/* reloads cs */
1:	mov	%ax, %ds
	mov	%ax, %ss
	sti				/* BIOSes may wait for the timer */
	jcxz	stop			/* called by fail, not read_disk */

/*
 * Read bp sectors to 0:cx, beginning with the one that holds byte edx of the
 * file; then return to protected mode with all registers preserved. eax = 0.
 * The disk address packet (INT 13h, ah = 42h) is pushed, last field first. A
 * failing read changes the packet, so each try pushes a new one.
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
 * Stop after an error: print the word on top of the stack on a separate line,
 * on screen (INT 10h) and COM1 (INT 14h). Not every BIOS has set up COM1.
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
 * Enter 32-bit protected mode, with flat segments, and return to the address on
 * the stack. eax = 0. BIOS calls may have enabled interrupts, set the direction
 * flag, closed the A20 gate and loaded their own descriptor table, so undo all
 * that each time.
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
 * bytes in the file, ebx = bytes in memory (see boot.h). Preserves all
 * registers.
 *
 * All chunks except the first have full size; the first has the remainder. A
 * chunk may begin and end anywhere in a sector. Read only the sectors that it
 * overlaps, because the disk may end after the last of them.
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
	inc	%ebp			/* sectors that it overlaps */
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
	 * Clear whole words. Up to three bytes too many are harmless, because
	 * the segments of an ELF file are in ascending order.
	 */
	xchg	%ebx, %ecx
	xor	%eax, %eax
	add	$3, %ecx
	shr	$2, %ecx
	rep stosl
	popal
	ret

/* fail(word): enter real mode like read_disk, but without a buffer. */
	.globl	fail
fail:
	push	%eax
	xor	%ecx, %ecx

/* Read sectors in real mode (see `read`). Changes eax. */
read_disk:
	xor	%eax, %eax
	ljmp	$CODE16, $leave_protected

/*
 * The descriptor table: flat segments. Its first slot holds the pointer to the
 * table, because no selector uses it. In 16-bit code lgdt uses only 24 bits of
 * the base: the last byte of that pointer is the first of the next slot.
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

/* Tell the linker that nothing here needs an executable stack. */
	.section .note.GNU-stack, "", @progbits
