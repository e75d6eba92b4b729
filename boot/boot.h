#ifndef PAGEWALK_BOOT_BOOT_H
#define PAGEWALK_BOOT_BOOT_H

/*
 * What the two halves of the boot sector share: where things lie below 1 MiB,
 * the limits of a kernel file, and as much of ELF as the loader reads.
 * boot.S tells the story; begin there.
 *
 * Low memory while the sector runs. Everything that real mode touches lies
 * below 64 KiB, so that every segment register but one can stay at zero.
 *
 *	          :                        :
 *	          | memory map             |  grows up, entry by entry
 *	MAP       +------------------------+
 *	          | (unused)               |
 *	          +------------------------+
 *	          | this sector, with the  |
 *	          | descriptor table       |
 *	START     +------------------------+
 *	DRIVE     | BIOS number of the disk|
 *	          | the word "LBA?"        |
 *	INFO      | Multiboot information  |
 *	          +------------------------+
 *	          | stack                  |  grows down
 *	          :                        :
 *	          | ELF header of the file |  its first sector
 *	HEADER    +------------------------+
 *	          | what the BIOS just read|  one chunk and one sector
 *	BOUNCE    +------------------------+
 *	          | the BIOS's own data    |
 *	        0 +------------------------+
 *
 * The kernel inherits INFO and MAP, and stands on our descriptor table and
 * stack until it has its own.
 */
#define BOUNCE		0x1000
#define HEADER		0x6000
#define START		0x7c00
#define MAP		0x7ffc	/* entries after their size field: MAP + 4 */

#define STACK_TOP	(START - 2)
#define DRIVE		(STACK_TOP - 2)
#define INFO		(DRIVE - 4 - INFO_SIZE)

#define SECTOR		512
#define CHUNK		(32 * SECTOR)	/* most bytes in one go; power of 2 */

/* Multiboot 1 (specification 0.6.96, sections 3.2 and 3.3). */
#define LOADER_MAGIC	0x2BADB002	/* in eax at the kernel's entry */
#define INFO_SIZE	52		/* up to and including mmap_addr */
#define INFO_HAS_MMAP	0x40		/* flag: the mmap fields are valid */

/* Selectors: places in the descriptor table of boot.S. */
#define CODE32		0x08
#define DATA32		0x10
#define CODE16		0x18

/* Four letters that fit a register: they cost no string and no pointer. */
#define WORD(a, b, c, d)	((a) | (b) << 8 | (c) << 16 | (d) << 24)
#define WORD_NO_LBA		WORD('L', 'B', 'A', '?')
#define WORD_DISK		WORD('d', 'i', 's', 'k')
#define WORD_NO_KERNEL		WORD('E', 'L', 'F', '?')
#define WORD_BAD_SEGMENT	WORD('R', 'A', 'M', '?')

#ifndef __ASSEMBLER__
#include <inc/types.h>

#define FILE_LIMIT	0x00400000U	/* segments end below this offset */
#define LOAD_START	0x00100000U	/* and are loaded from here */
#define LOAD_END	0x01000000U	/* to here */

/*
 * The fields that we read, under their ELF names. e_magic is e_ident[0..3] as
 * one number. There is no test of the byte order: a big-endian file fails the
 * test of e_machine.
 */
#define ELF_MAGIC	0x464C457FU	/* "\x7fELF" */
#define ELF_CLASS_32	1
#define ELF_MACHINE_386	3
#define ELF_LOAD	1

struct elf_header {
	uint32_t e_magic;
	uint8_t e_class;
	uint8_t e_unread[13];
	uint16_t e_machine;
	uint32_t e_version;
	uint32_t e_entry;
	uint32_t e_phoff;
	uint32_t e_shoff;
	uint32_t e_flags;
	uint16_t e_ehsize;
	uint16_t e_phentsize;
	uint16_t e_phnum;
	uint16_t e_unread_too[3];
};

struct program_header {
	uint32_t p_type;
	uint32_t p_offset;
	uint32_t p_vaddr;
	uint32_t p_paddr;
	uint32_t p_filesz;
	uint32_t p_memsz;
	uint32_t p_flags;
	uint32_t p_align;
};

/* Print the word on screen and serial line, and stop. (boot.S) */
NORETURN __attribute__((regparm(1))) void fail(uint32_t word);

/*
 * Copy filesz bytes of the kernel file, from offset on, to paddr, and clear
 * the memory from there up to memsz. Stops with WORD_DISK where the disk does.
 *
 * Inline assembly, because the routine (boot.S) takes its four arguments in
 * registers of its choice and keeps them all: the compiler then loads each
 * field once, straight to where it is wanted.
 * => The ranges are sane: filesz <= memsz, nothing wraps.
 */
static inline void
load_segment(uint32_t paddr, uint32_t offset, uint32_t filesz, uint32_t memsz)
{
	__asm__ volatile("call load_segment"
			 : : "D"(paddr), "d"(offset), "c"(filesz), "b"(memsz)
			 : "memory", "cc");
}

/*
 * Jump to the kernel the Multiboot way. Inline assembly, because C has no way
 * to say what eax and ebx hold at a jump.
 */
static inline NORETURN void
start_kernel(const uint32_t *entry)
{
	__asm__ volatile("jmp *%0"
			 : : "m"(*entry), "a"(LOADER_MAGIC), "b"(INFO)
			 : "memory");
	__builtin_unreachable();
}
#endif

#endif
