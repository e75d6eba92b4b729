#ifndef BOOT_H
#define BOOT_H
#define CODE32 0x08
#define DATA32 0x10
#define CODE16 0x18
#define STACK 0x7bfe
#define DRIVE (STACK-2)
#define INFO (DRIVE-52)
#define HEADER 0x7e00
#define BOUNCE 0x8000
#define MAX_ENTRIES 128
#define MAP (0x10000-24*MAX_ENTRIES)
#define SECTSIZE 512
#define CHUNK 0x4000
#define FILE_MAX 0x400000
#define EXTMEM 0x100000
#define WORD4(a,b,c,d) ((a) | (b) << 8 | (c) << 16 | (d) << 24)
#ifndef __ASSEMBLER__
#include <inc/types.h>
struct elf_header {
	uint32_t e_magic;
	uint16_t e_class_data;
	uint8_t e_rest[10];
	uint32_t e_type_machine;
	uint32_t e_version, e_entry, e_phoff, e_shoff, e_flags;
	uint16_t e_ehsize, e_phentsize, e_phnum;
};
struct program_header {
	uint32_t p_type, p_offset, p_vaddr, p_paddr, p_filesz, p_memsz, p_flags, p_align;
};
#ifndef JC
#define JC "r"
#endif
#define REGPARM __attribute__((regparm(3)))
void fail(uint32_t word) REGPARM;
static inline void load(const struct program_header *ph)
{
	__asm volatile("call load" :: "a"(ph) : "memory");
}
static inline NORETURN void start_kernel(uint32_t entry)
{
	__asm volatile("jmp *%0" :: JC(entry), "a"(0x2badb002), "b"(INFO) : "memory");
	__builtin_unreachable();
}
#endif
#endif
