#ifndef PAGEWALK_INC_MULTIBOOT_H
#define PAGEWALK_INC_MULTIBOOT_H

/*
 * The parts of Multiboot 1 that the boot sector and the kernel need: the header
 * that a loader looks for in the kernel file, the machine state at the kernel's
 * entry, and the information block (Multiboot Specification 0.6.96, sections
 * 3.1 to 3.3).
 */

#define MULTIBOOT_HEADER_MAGIC	0x1BADB002
#define MULTIBOOT_LOADER_MAGIC	0x2BADB002	/* in eax at entry */

/* Header flags. */
#define MULTIBOOT_WANT_MEMORY	0x00000002
#define MULTIBOOT_GIVES_PLACES	0x00010000	/* address fields are valid */

/* Flags of the information block: which fields are valid. */
#define MULTIBOOT_HAS_SIZES	0x00000001
#define MULTIBOOT_HAS_CMDLINE	0x00000004
#define MULTIBOOT_HAS_MMAP	0x00000040
#define MULTIBOOT_HAS_LOADER	0x00000200

#ifndef __ASSEMBLER__
#include <inc/types.h>

struct multiboot_info {
	uint32_t flags;
	uint32_t mem_lower;	/* KiB from 0 */
	uint32_t mem_upper;	/* KiB from 1 MiB to the first hole */
	uint32_t boot_device;
	uint32_t cmdline;
	uint32_t mods_count;
	uint32_t mods_addr;
	uint32_t syms[4];
	uint32_t mmap_length;	/* bytes */
	uint32_t mmap_addr;	/* physical */
	uint32_t drives[2];
	uint32_t config_table;
	uint32_t loader_name;	/* physical, a string */
};

/* The next entry lies `size` bytes after the size field itself. */
struct multiboot_mmap {
	uint32_t size;
	uint64_t addr;
	uint64_t len;
	uint32_t type;
} __attribute__((packed));

#endif
#endif
