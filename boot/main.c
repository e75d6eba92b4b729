/*
 * The boot sector's half in C: check that the file is a kernel, and load its
 * segments. Runs in 32-bit protected mode, without paging; boot.S reads the
 * disk.
 *
 * A damaged file must cause a message, not a crash: a segment is loaded only
 * after its ranges in the file and in memory have passed every test. There is
 * no test of the byte order: a big-endian file fails the test of e_machine.
 */

#include <inc/elf.h>
#include <boot/boot.h>

_Static_assert(INFO_SIZE == offsetof(struct multiboot_info, mmap_addr) + 4,
	       "the information block ends with mmap_addr");

_Static_assert((CHUNK & (CHUNK - 1)) == 0, "a chunk is masked, not divided");
_Static_assert(CHUNK / SECTOR + 1 <= 128,
	       "SeaBIOS refuses to read more at once");
_Static_assert(BOUNCE % 256 == 0, "the bounce buffer is set by its high byte");
_Static_assert(BOUNCE + CHUNK + SECTOR <= HEADER, "buffer below header");
_Static_assert(HEADER + SECTOR + 4096 <= INFO, "room for the stack");
_Static_assert(INFO % 4 == 0, "information block aligned");
_Static_assert(MAP >= START + SECTOR, "map above the sector");
_Static_assert((MAP + 4) % 16 == 0, "map entries begin at a segment");
_Static_assert(MAP + 0x8000 < 0x10000, "map below 64 KiB");

/* The last place in its sector where a program header fits. */
#define LAST_HEADER	(HEADER + SECTOR - sizeof(struct Proghdr))

#define FASTCALL	__attribute__((fastcall))

NORETURN FASTCALL void load_kernel(struct Elf *elf);

/*
 * Load a segment, if its place in the file and in memory passes every test.
 * If it holds the entry point, set e_magic to 0.
 */
static void
check_and_load(struct Elf *elf, const struct Proghdr *ph)
{
	uint32_t paddr, offset, filesz, memsz, room;

	/*
	 * Subtract from the limit, never add to the start: then nothing wraps,
	 * and a start outside the limits borrows.
	 */
	paddr = ph->p_pa;
	memsz = ph->p_memsz;
	if (__builtin_sub_overflow(LOAD_END - LOAD_START, paddr - LOAD_START,
				   &room) || memsz > room)
		fail(WORD_BAD_SEGMENT);
	offset = ph->p_offset;
	filesz = ph->p_filesz;
	if (__builtin_sub_overflow(FILE_LIMIT, offset, &room)
	    || filesz > room || filesz > memsz)
		fail(WORD_BAD_SEGMENT);

	if (elf->e_entry - paddr < memsz)
		elf->e_magic = 0;
	load_segment(paddr, offset, filesz, memsz);
}

/*
 * Load the kernel whose first sector is at `elf`, and start it. The argument
 * comes in ecx (FASTCALL), where boot.S happens to have it.
 *
 * The header at `elf` serves as scratch paper: e_phnum counts down to the last
 * program header, and e_magic becomes 0 when a segment holds the entry point.
 * Variables for these would cost 18 bytes with gcc 12, 54 with clang 14.
 */
NORETURN FASTCALL void
load_kernel(struct Elf *elf)
{
	const struct Proghdr *ph;

	if (elf->e_magic != ELF_MAGIC || elf->e_elf[ELF_CLASS] != ELF_CLASS_32
	    || elf->e_machine != ELF_MACHINE_386)
		fail(WORD_NO_KERNEL);

	/*
	 * In a file without program headers, e_phnum wraps around, and the
	 * walk ends at the end of the sector.
	 */
	ph = (const void *)((const char *)elf + elf->e_phoff);
	do {
		if ((uintptr_t)ph > LAST_HEADER)
			fail(WORD_BAD_SEGMENT);
		if (ph->p_type == ELF_PROG_LOAD)
			check_and_load(elf, ph);
		ph = (const void *)((const char *)ph + elf->e_phentsize);
	} while (--elf->e_phnum != 0);

	if (elf->e_magic != 0)
		fail(WORD_BAD_SEGMENT);
	start_kernel(&elf->e_entry);
}
