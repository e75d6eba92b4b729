#ifndef PAGEWALK_BOOT_BOOT_H
#define PAGEWALK_BOOT_BOOT_H

#include <inc/multiboot.h>

/*
 * Definitions for both halves of the boot sector: the layout of memory below
 * 1 MiB, and the limits of a kernel file. Read boot.S first.
 *
 * Low memory while the sector runs. Everything that real mode touches lies
 * below 64 KiB, so that all segment registers except one can stay at zero.
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
 *	          | last read of the disk  |  one chunk and one sector
 *	BOUNCE    +------------------------+
 *	          | the BIOS's data        |
 *	        0 +------------------------+
 *
 * The kernel inherits INFO and MAP, and uses our descriptor table and stack
 * until it has its own.
 */
#define BOUNCE		0x1000
#define HEADER		0x6000
#define START		0x7c00
#define MAP		0x7ffc	/* entries after their size field: MAP + 4 */

#define STACK_TOP	(START - 2)
#define DRIVE		(STACK_TOP - 2)
#define INFO		(DRIVE - 4 - INFO_SIZE)

#define SECTOR		512
#define CHUNK		(32 * SECTOR)	/* most bytes in one read; power of 2 */

/* Size of the information block: struct multiboot_info up to mmap_addr. */
#define INFO_SIZE	52

/* Selectors: places in the descriptor table of boot.S. */
#define CODE32		0x08
#define DATA32		0x10
#define CODE16		0x18

/* Messages of four letters fit a register: no string, no pointer. */
#define WORD(a, b, c, d)	((a) | (b) << 8 | (c) << 16 | (d) << 24)
#define WORD_NO_LBA		WORD('L', 'B', 'A', '?')
#define WORD_DISK		WORD('d', 'i', 's', 'k')
#define WORD_NO_KERNEL		WORD('E', 'L', 'F', '?')
#define WORD_BAD_SEGMENT	WORD('R', 'A', 'M', '?')

#ifndef __ASSEMBLER__

#define FILE_LIMIT	0x00C00000U	/* segments end below this offset */
#define LOAD_START	0x00100000U	/* and are loaded from here */
#define LOAD_END	0x01000000U	/* to here */

/* Print the word on screen and serial line, and stop. (boot.S) */
NORETURN __attribute__((regparm(1))) void fail(uint32_t word);

/*
 * Copy filesz bytes of the kernel file, from offset on, to paddr, and clear
 * the memory from there up to memsz. Stops with WORD_DISK if a read fails.
 *
 * Inline assembly, because the routine (boot.S) chooses the registers of its
 * four arguments and preserves them: the compiler then loads each field once,
 * into the right register.
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
 * Jump to the kernel as Multiboot demands (section 3.2). Inline assembly,
 * because C cannot set eax and ebx for a jump.
 */
static inline NORETURN void
start_kernel(const uint32_t *entry)
{
	__asm__ volatile("jmp *%0"
			 : : "m"(*entry), "a"(MULTIBOOT_LOADER_MAGIC), "b"(INFO)
			 : "memory");
	__builtin_unreachable();
}
#endif

#endif
