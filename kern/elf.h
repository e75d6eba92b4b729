#ifndef PAGEWALK_KERN_ELF_H
#define PAGEWALK_KERN_ELF_H

#include <inc/elf.h>

/*
 * Can this ELF file of size bytes be loaded as a user program? Returns NULL if
 * it can, else in words why not. Reads nothing beyond size, and promises for
 * every part to be loaded (elf_part): the file has its bytes; its addresses are
 * from PGSIZE to ELF_TOP, do not wrap and overlap no other part's; and the
 * entry point is in one that may be executed.
 */
const char *elf_refusal(const void *binary, size_t size);

/* Programs end below this: a page is left out under the stack's. */
#define ELF_TOP		(USTACKTOP - 2 * PGSIZE)

/*
 * Of a file without refusal: the next part to be loaded, from program header
 * *i on, into *ph; *i is then the header after it. Returns false if there is
 * no more.
 */
bool	elf_part(const void *binary, unsigned *i, struct Proghdr *ph);

/* Where the program begins. */
uint32_t elf_entry(const void *binary);

#endif
