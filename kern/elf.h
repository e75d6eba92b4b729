#ifndef PAGEWALK_KERN_ELF_H
#define PAGEWALK_KERN_ELF_H

#include <inc/elf.h>

/*
 * Check whether an ELF file of size bytes can be loaded as a user program.
 * Returns NULL if it can, else the reason as text. Reads nothing beyond size.
 * In an accepted file, the p_filesz bytes of each segment (elf_segment) are in
 * the file. A segment's addresses are in [PGSIZE, ELF_TOP), do not wrap, and
 * overlap no other segment's. The entry point is in an executable segment.
 */
const char *elf_refusal(const void *binary, size_t size);

/* The end of programs: one page below the stack's, which stays unmapped. */
#define ELF_TOP		(USTACKTOP - 2 * PGSIZE)

/*
 * Copy the next segment's program header into *ph, searching from header *i on,
 * and set *i to the header after it. Returns false if there is none.
 * => elf_refusal accepted the file.
 */
bool	elf_segment(const void *binary, unsigned *i, struct Proghdr *ph);

/* The program's entry point. => elf_refusal accepted the file. */
uint32_t elf_entry(const void *binary);

#endif
