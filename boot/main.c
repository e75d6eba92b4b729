#include <boot/boot.h>
#define OPAQUE(x) __asm("" : "+r"(x))
void NORETURN load_kernel(void)
{
	struct elf_header *elf = (void *)HEADER;
	const struct program_header *ph;

	OPAQUE(elf);
	if (elf->e_magic != 0x464c457f || elf->e_class_data != 0x0101
	    || elf->e_type_machine != 0x00030002)
		fail(WORD4('E','L','F','?'));
	ph = (void *)((char *)elf + elf->e_phoff);
	do {
		uint32_t at, wrong;
		if ((uint32_t)ph > HEADER + 480)
			goto bad;
		if (ph->p_type == 1) {
			at = ph->p_paddr - EXTMEM;
			wrong = ph->p_memsz - ph->p_filesz;
			OPAQUE(at);
			wrong |= at;
			wrong |= ph->p_memsz;
			at += ph->p_memsz;
			wrong |= at;
			if (wrong >> 24)
				goto bad;
			at = ph->p_offset;
			wrong = at + ph->p_filesz;
			if ((at | wrong) >> 22)
				goto bad;
			if (elf->e_entry - ph->p_paddr < ph->p_memsz)
				elf->e_magic = 0;
			load(ph);
		}
		ph++;
	} while (--elf->e_phnum);
	if (elf->e_magic)
bad:		fail(WORD4('R', 'A', 'M', '?'));
	start_kernel(elf->e_entry);
}
