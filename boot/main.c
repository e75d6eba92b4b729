/*
 * The boot sector's half in C: is this a kernel, where do its segments go?
 * Runs in 32-bit protected mode, without paging. boot.S brings the bytes.
 *
 * A damaged file must end in a word, not in a crash: nothing is loaded before
 * its place in the file and in memory has passed every test.
 */
#include <boot/boot.h>

_Static_assert(offsetof(struct elf_header, e_machine) == 18
	       && offsetof(struct elf_header, e_phnum) == 44
	       && sizeof(struct elf_header) == 52, "ELF32 file header");
_Static_assert(sizeof(struct program_header) == 32, "ELF32 program header");

_Static_assert((CHUNK & (CHUNK - 1)) == 0, "a chunk is masked, not divided");
_Static_assert(BOUNCE % 256 == 0, "the bounce buffer is set by its high byte");
_Static_assert(BOUNCE + CHUNK + SECTOR <= HEADER, "buffer below header");
_Static_assert(HEADER + SECTOR + 4096 <= INFO, "room for the stack");
_Static_assert(INFO % 4 == 0, "information block aligned");
_Static_assert(MAP >= START + SECTOR, "map above the sector");
_Static_assert((MAP + 4) % 16 == 0, "map entries begin at a segment");
_Static_assert(MAP + 0x8000 < 0x10000, "map below 64 KiB");

/* The last place in its sector where a program header fits. */
#define LAST_HEADER	(HEADER + SECTOR - sizeof(struct program_header))

#define FASTCALL	__attribute__((fastcall))

NORETURN FASTCALL void load_kernel(struct elf_header *elf);

/*
 * Load the kernel whose first sector is at `elf`, and start it. The argument
 * comes in ecx (FASTCALL), where boot.S happens to have it.
 *
 * The header is our scratch paper: e_phnum counts down to the last program
 * header, and e_magic becomes 0 once a segment holds the entry point.
 */
NORETURN FASTCALL void
load_kernel(struct elf_header *elf)
{
	const struct program_header *ph;
	uint32_t paddr, offset, filesz, memsz, room;

	if (elf->e_magic != ELF_MAGIC || elf->e_class != ELF_CLASS_32
	    || elf->e_machine != ELF_MACHINE_386)
		fail(WORD_NO_KERNEL);

	/*
	 * A file without program headers counts down past 0; the walk then
	 * ends where the sector does.
	 */
	ph = (const void *)((const char *)elf + elf->e_phoff);
	do {
		if ((uintptr_t)ph > LAST_HEADER)
			goto bad;
		if (ph->p_type == ELF_LOAD) {
			/*
			 * Subtract from the limit, never add to the start:
			 * so nothing wraps, and a start outside borrows.
			 */
			paddr = ph->p_paddr;
			memsz = ph->p_memsz;
			if (__builtin_sub_overflow(LOAD_END - LOAD_START,
						   paddr - LOAD_START, &room)
			    || memsz > room)
				goto bad;
			offset = ph->p_offset;
			filesz = ph->p_filesz;
			if (__builtin_sub_overflow(FILE_LIMIT, offset, &room)
			    || filesz > room)
				goto bad;
			if (filesz > memsz)
				goto bad;

			if (elf->e_entry - paddr < memsz)
				elf->e_magic = 0;
			load_segment(paddr, offset, filesz, memsz);
		}
		ph = (const void *)((const char *)ph + elf->e_phentsize);
	} while (--elf->e_phnum != 0);

	if (elf->e_magic != 0)
bad:		fail(WORD_BAD_SEGMENT);
	start_kernel(&elf->e_entry);
}
