#ifndef PAGEWALK_INC_ELF_H
#define PAGEWALK_INC_ELF_H

/*
 * The parts of 32-bit ELF files that a loader needs (System V ABI, "Object
 * Files").
 */

#include <inc/types.h>

#define ELF_MAGIC	0x464C457FU	/* "\x7FELF", read as little endian */

struct Elf {
	uint32_t e_magic;
	uint8_t e_elf[12];
	uint16_t e_type;
	uint16_t e_machine;
	uint32_t e_version;
	uint32_t e_entry;
	uint32_t e_phoff;
	uint32_t e_shoff;
	uint32_t e_flags;
	uint16_t e_ehsize;
	uint16_t e_phentsize;
	uint16_t e_phnum;
	uint16_t e_shentsize;
	uint16_t e_shnum;
	uint16_t e_shstrndx;
};
_Static_assert(sizeof(struct Elf) == 52, "an ELF32 header is 52 bytes");

struct Proghdr {
	uint32_t p_type;
	uint32_t p_offset;
	uint32_t p_va;
	uint32_t p_pa;
	uint32_t p_filesz;
	uint32_t p_memsz;
	uint32_t p_flags;
	uint32_t p_align;
};
_Static_assert(sizeof(struct Proghdr) == 32, "an ELF32 segment header is 32");

#define ELF_CLASS		0	/* index in e_elf: 32-bit or 64-bit */
#define ELF_CLASS_32		1
#define ELF_TYPE_EXEC		2
#define ELF_MACHINE_386		3
#define ELF_PROG_LOAD		1
#define ELF_PROG_FLAG_EXEC	1
#define ELF_PROG_FLAG_WRITE	2
#define ELF_PROG_FLAG_READ	4

#endif
