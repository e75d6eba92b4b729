/*
 * Reading ELF files: every field is checked before it is used.
 *
 * A file may be at any address, aligned or not, so headers are copied before
 * they are read. (System V ABI, "Object Files" and "Program Loading")
 */

#include <inc/memlayout.h>
#include <inc/string.h>
#include <kern/elf.h>

#define CLASS_32	1	/* e_elf[0] */
#define LITTLE_ENDIAN	1	/* e_elf[1] */
#define VERSION		1	/* e_elf[2], e_version */

static void
read_header(const void *binary, struct Elf *elf)
{
	memcpy(elf, binary, sizeof(*elf));
}

static void
read_phdr(const void *binary, const struct Elf *elf, unsigned i,
	  struct Proghdr *ph)
{
	memcpy(ph, (const char *)binary + elf->e_phoff + i * sizeof(*ph),
	       sizeof(*ph));
}

static bool
to_load(const struct Proghdr *ph)
{
	return ph->p_type == ELF_PROG_LOAD && (ph->p_memsz || ph->p_filesz);
}

static const char *
header_refusal(const struct Elf *elf, size_t size)
{
	if (elf->e_magic != ELF_MAGIC)
		return "it does not begin with ELF's magic number";
	if (elf->e_elf[0] != CLASS_32 || elf->e_elf[1] != LITTLE_ENDIAN
	    || elf->e_elf[2] != VERSION || elf->e_version != VERSION)
		return "it is not a 32-bit little-endian file of version 1";
	if (elf->e_machine != ELF_MACHINE_386)
		return "it is not for the i386";
	if (elf->e_type != ELF_TYPE_EXEC)
		return "it is not an executable file";
	if (elf->e_ehsize < sizeof(*elf))
		return "its header is too short";
	if (elf->e_phentsize != sizeof(struct Proghdr) || !elf->e_phnum)
		return "it has no program headers of the usual size";
	if (elf->e_phoff > size
	    || elf->e_phnum > (size - elf->e_phoff) / sizeof(struct Proghdr))
		return "its program headers are beyond the file's end";
	return NULL;
}

static const char *
segment_refusal(const struct Proghdr *ph, size_t size)
{
	if (ph->p_filesz > ph->p_memsz)
		return "a segment has more bytes in the file than in memory";
	if (ph->p_offset > size || ph->p_filesz > size - ph->p_offset)
		return "a segment's bytes are beyond the file's end";
	if (ph->p_va < PGSIZE)
		return "a segment is in page 0, which is never mapped";
	if (ph->p_va > ELF_TOP || ph->p_memsz > ELF_TOP - ph->p_va)
		return "a segment is not in user memory below the stack";
	return NULL;
}

static bool
overlap(const struct Proghdr *a, const struct Proghdr *b)
{
	return a->p_va < b->p_va + b->p_memsz && b->p_va < a->p_va + a->p_memsz;
}

/* The reason to refuse segment i: its fields, or an overlap; NULL without one. */
static const char *
nth_refusal(const void *binary, const struct Elf *elf, unsigned i,
	    const struct Proghdr *ph, size_t size)
{
	const char *why = segment_refusal(ph, size);
	struct Proghdr other;
	unsigned j;

	for (j = 0; !why && j < i; j++) {
		read_phdr(binary, elf, j, &other);
		if (to_load(&other) && overlap(&other, ph))
			why = "two segments overlap";
	}
	return why;
}

const char *
elf_refusal(const void *binary, size_t size)
{
	bool entry_found = false;
	struct Proghdr ph;
	const char *why;
	struct Elf elf;
	unsigned i;

	if (size < sizeof(elf))
		return "it is shorter than an ELF header";
	read_header(binary, &elf);
	why = header_refusal(&elf, size);
	for (i = 0; !why && i < elf.e_phnum; i++) {
		read_phdr(binary, &elf, i, &ph);
		if (!to_load(&ph))
			continue;
		why = nth_refusal(binary, &elf, i, &ph, size);
		if ((ph.p_flags & ELF_PROG_FLAG_EXEC)
		    && elf.e_entry - ph.p_va < ph.p_memsz)
			entry_found = true;
	}
	if (!why && !entry_found)
		why = "its entry point is in no executable segment";
	return why;
}

bool
elf_segment(const void *binary, unsigned *i, struct Proghdr *ph)
{
	struct Elf elf;

	read_header(binary, &elf);
	while (*i < elf.e_phnum) {
		read_phdr(binary, &elf, (*i)++, ph);
		if (to_load(ph))
			return true;
	}
	return false;
}

uint32_t
elf_entry(const void *binary)
{
	struct Elf elf;

	read_header(binary, &elf);
	return elf.e_entry;
}
