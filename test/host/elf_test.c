/*
 * kern/elf.c on the host: files damaged in every field and at random. The
 * file is at the end of its allocation, so that the address sanitizer detects
 * a read beyond it.
 */

#include <stddef.h>

#include "unit.h"

/* The same as in inc/elf.h, which conflicts with the host's headers. */
struct elf {
	uint32_t magic;
	uint8_t ident[12];
	uint16_t type, machine;
	uint32_t version, entry, phoff, shoff, flags;
	uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};
struct segment {
	uint32_t type, offset, va, pa, filesz, memsz, flags, align;
};

const char *elf_refusal(const void *binary, size_t size);
bool elf_segment(const void *binary, unsigned *i, struct segment *segment);
uint32_t elf_entry(const void *binary);

#define LOAD	1
#define X	1
#define W	2
#define R	4

#define PAGE	0x1000U
#define TOP	0xEEBFC000U	/* ELF_TOP: the stack's page and one more */
#define TEXT	0x800020U
#define DATA	0x802000U

/* A small program: a header, four program headers, some text, some data. */
struct file {
	struct elf elf;
	struct segment segments[4];
	uint8_t text[64], data[32];
};

static struct file
good(void)
{
	return (struct file) {
		.elf = {
			.magic = 0x464C457F, .ident = { 1, 1, 1 },
			.type = 2, .machine = 3, .version = 1,
			.entry = TEXT, .phoff = offsetof(struct file, segments),
			.ehsize = sizeof(struct elf),
			.phentsize = sizeof(struct segment), .phnum = 4,
		},
		.segments = {
			{ LOAD, offsetof(struct file, text), TEXT, TEXT, 64,
			  64, R | X, 4 },
			{ LOAD, offsetof(struct file, data), DATA, DATA, 32,
			  0x5000, R | W, 4 },
			{ LOAD, 0, 0xDEAD0000, 0, 0, 0, R, 4 },	/* empty */
			{ 0x6474E551, 0xFFFF0000, 0, 0, 0x7FFFFFFF, 0, R | W,
			  0 },		/* another type: no segment */
		},
	};
}

/* elf_refusal's answer for the first size bytes of the file. */
static const char *
judge(const struct file *f, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);
	const char *why;

	memcpy(copy, f, size);
	why = elf_refusal(copy, size);
	free(copy);
	return why;
}

static void
a_good_file_is_accepted(void)
{
	struct file f = good();
	const char *why = judge(&f, sizeof(f));
	struct segment segment;
	unsigned i = 0;

	CHECK(!why, "refused: %s", why);
	CHECK(elf_segment(&f, &i, &segment) && segment.va == TEXT && i == 1,
	      "text as segment %u", i);
	CHECK(elf_segment(&f, &i, &segment) && segment.va == DATA && i == 2,
	      "data as segment %u", i);
	CHECK(!elf_segment(&f, &i, &segment), "a third segment, %u", i);
	CHECK(elf_entry(&f) == TEXT, "%x", elf_entry(&f));
}

static void
a_file_cut_short_anywhere_is_refused(void)
{
	struct file f = good();
	size_t size;

	for (size = 0; size < sizeof(f); size++)
		CHECK(judge(&f, size), "%zu of %zu bytes are accepted", size,
		      sizeof(f));
}

/* --- One field, one value, one reason ----------------------------------- */

#define ELF(field)	offsetof(struct file, elf.field), \
			sizeof(((struct elf *)0)->field)
#define TEXT_(field)	offsetof(struct file, segments[0].field), 4
#define DATA_(field)	offsetof(struct file, segments[1].field), 4

static const struct damage {
	const char *name;
	size_t offset, size;
	uint32_t value;
	const char *why;	/* words of the reason; NULL: accepted */
} damages[] = {
	{ "e_magic", ELF(magic), 0x464C457E, "magic" },
	{ "e_magic", ELF(magic), 0, "magic" },
	{ "class", offsetof(struct file, elf.ident[0]), 1, 2, "32-bit" },
	{ "class", offsetof(struct file, elf.ident[0]), 1, 0, "32-bit" },
	{ "byte order", offsetof(struct file, elf.ident[1]), 1, 2, "little" },
	{ "ident version", offsetof(struct file, elf.ident[2]), 1, 0,
	  "version" },
	{ "system", offsetof(struct file, elf.ident[3]), 1, 9, NULL },
	{ "e_type", ELF(type), 1, "executable" },	/* relocatable */
	{ "e_type", ELF(type), 3, "executable" },	/* shared */
	{ "e_type", ELF(type), 0xFFFF, "executable" },
	{ "e_machine", ELF(machine), 62, "i386" },	/* x86-64 */
	{ "e_machine", ELF(machine), 0, "i386" },
	{ "e_version", ELF(version), 0, "version" },
	{ "e_version", ELF(version), 2, "version" },
	{ "e_entry", ELF(entry), 0, "entry" },
	{ "e_entry", ELF(entry), TEXT - 1, "entry" },
	{ "e_entry", ELF(entry), TEXT + 63, NULL },
	{ "e_entry", ELF(entry), TEXT + 64, "entry" },
	{ "e_entry", ELF(entry), DATA, "entry" },	/* not executable */
	{ "e_entry", ELF(entry), 0xF010000C, "entry" },
	{ "e_phoff", ELF(phoff), 0xFFFFFFFF, "beyond" },
	{ "e_phoff", ELF(phoff), 0xFFFFFFE0, "beyond" },
	{ "e_phoff", ELF(phoff), sizeof(struct file), "beyond" },
	{ "e_phoff", ELF(phoff), sizeof(struct file) - 127, "beyond" },
	{ "e_shoff", ELF(shoff), 0xFFFFFFFF, NULL },
	{ "e_flags", ELF(flags), 0xFFFFFFFF, NULL },
	{ "e_ehsize", ELF(ehsize), 0, "header is too short" },
	{ "e_ehsize", ELF(ehsize), 51, "header is too short" },
	{ "e_ehsize", ELF(ehsize), 0xFFFF, NULL },
	{ "e_phentsize", ELF(phentsize), 0, "usual size" },
	{ "e_phentsize", ELF(phentsize), 31, "usual size" },
	{ "e_phentsize", ELF(phentsize), 33, "usual size" },
	{ "e_phnum", ELF(phnum), 0, "no program headers" },
	{ "e_phnum", ELF(phnum), 8, "beyond" },
	{ "e_phnum", ELF(phnum), 0xFFFF, "beyond" },
	{ "e_phnum", ELF(phnum), 1, NULL },
	{ "e_shentsize", ELF(shentsize), 0xFFFF, NULL },
	{ "e_shnum", ELF(shnum), 0xFFFF, NULL },
	{ "e_shstrndx", ELF(shstrndx), 0xFFFF, NULL },
	{ "p_type", TEXT_(type), 0, "entry" },	/* its segment is not loaded */
	{ "p_type", TEXT_(type), 0xFFFFFFFF, "entry" },
	{ "p_offset", TEXT_(offset), 0xFFFFFFFF, "file's end" },
	{ "p_offset", TEXT_(offset), 0xFFFFFFC0, "file's end" },
	{ "p_offset", TEXT_(offset), sizeof(struct file) - 63, "file's end" },
	{ "p_offset", TEXT_(offset), sizeof(struct file) - 64, NULL },
	{ "p_va", TEXT_(va), 0, "page 0" },
	{ "p_va", TEXT_(va), PAGE - 1, "page 0" },
	{ "p_va", TEXT_(va), DATA, "overlap" },
	{ "p_va", TEXT_(va), DATA + 0x4FFF, "overlap" },
	{ "p_va", TEXT_(va), DATA - 63, "overlap" },
	{ "p_va", TEXT_(va), TEXT - 63, NULL },	/* the entry is its last byte */
	{ "p_va", TEXT_(va), TEXT - 64, "entry" },
	{ "p_va", TEXT_(va), TOP - 63, "below the stack" },
	{ "p_va", TEXT_(va), 0xEEBFE000, "below the stack" },
	{ "p_va", TEXT_(va), 0xEEC00000, "below the stack" },
	{ "p_va", TEXT_(va), 0xF0100000, "below the stack" },
	{ "p_va", TEXT_(va), 0xFFFFFFFF, "below the stack" },
	{ "p_pa", TEXT_(pa), 0xFFFFFFFF, NULL },
	{ "p_filesz", TEXT_(filesz), 0, NULL },
	{ "p_filesz", TEXT_(filesz), 65, "more bytes" },
	{ "p_filesz", TEXT_(filesz), 0xFFFFFFFF, "more bytes" },
	{ "p_memsz", TEXT_(memsz), 63, "more bytes" },
	{ "p_memsz", TEXT_(memsz), 0, "more bytes" },
	{ "p_memsz", TEXT_(memsz), 0xFFFFFFFF, "below the stack" },
	{ "p_memsz", TEXT_(memsz), 0 - TEXT, "below the stack" },
	{ "p_memsz", TEXT_(memsz), TOP - TEXT + 1, "below the stack" },
	{ "p_memsz", TEXT_(memsz), TOP - TEXT, "overlap" },
	{ "p_memsz", TEXT_(memsz), DATA - TEXT, NULL },
	{ "p_memsz", TEXT_(memsz), DATA - TEXT + 1, "overlap" },
	{ "p_memsz of data", DATA_(memsz), TOP - DATA, NULL },
	{ "p_memsz of data", DATA_(memsz), TOP - DATA + 1, "below the stack" },
	{ "p_flags", TEXT_(flags), 0, "entry" },
	{ "p_flags", TEXT_(flags), R | W, "entry" },
	{ "p_flags", TEXT_(flags), 0xFFFFFFFF, NULL },
	{ "p_align", TEXT_(align), 0xFFFFFFFF, NULL },
};

static void
each_field_damaged_is_refused_for_its_reason(void)
{
	const struct damage *d;

	for (d = damages; d < damages + sizeof(damages) / sizeof(*d); d++) {
		struct file f = good();
		const char *why;

		memcpy((char *)&f + d->offset, &d->value, d->size);
		why = judge(&f, sizeof(f));
		printf("# %-16s %08x  %s\n", d->name, d->value,
		       why ? why : "accepted");
		CHECK(d->why ? why && strstr(why, d->why) : !why,
		      "%s %08x: %s, wanted: %s", d->name, d->value,
		      why ? why : "accepted", d->why ? d->why : "accepted");
	}
}

static void
the_same_segment_twice_is_refused(void)
{
	struct file f = good();
	const char *why;

	f.segments[2] = f.segments[0];
	why = judge(&f, sizeof(f));
	CHECK(why && strstr(why, "overlap"), "%s", why ? why : "accepted");
}

/* --- At random ----------------------------------------------------------- */

/* Check what elf.h promises of an accepted file. */
static void
promises(const uint8_t *file, size_t size)
{
	struct segment segments[64], *p, *q;
	unsigned i = 0, n = 0;
	bool entry_found = false;

	while (n < 64 && elf_segment(file, &i, &segments[n]))
		n++;
	for (p = segments; p < segments + n; p++) {
		uint64_t end = (uint64_t)p->va + p->memsz;

		CHECK(p->type == LOAD && p->memsz, "type %u, %u bytes",
		      p->type, p->memsz);
		CHECK((uint64_t)p->offset + p->filesz <= size,
		      "bytes %x + %x of %zu", p->offset, p->filesz, size);
		CHECK(p->filesz <= p->memsz, "%x > %x", p->filesz, p->memsz);
		CHECK(p->va >= PAGE && end <= TOP, "%x + %x", p->va, p->memsz);
		for (q = segments; q < p; q++)
			CHECK(end <= q->va
			      || p->va >= (uint64_t)q->va + q->memsz,
			      "%x + %x and %x + %x", p->va, p->memsz, q->va,
			      q->memsz);
		if ((p->flags & X) && elf_entry(file) >= p->va
		    && elf_entry(file) < end)
			entry_found = true;
	}
	CHECK(entry_found, "entry %x", elf_entry(file));
}

/* A random number, often one near a limit. */
static uint32_t
harmful(void)
{
	static const uint32_t edges[] = {
		0, 1, PAGE, TEXT, DATA, TOP, 0xEEC00000, 0xF0000000,
		0x7FFFFFFF, 0x80000000, 0xFFFFF000, 0xFFFFFFFF,
		sizeof(struct file), sizeof(struct elf), 64, 0x5000,
	};
	uint32_t r = random32();

	return r & 1 ? edges[r >> 1 & 15] + (r >> 5 & 7) - 3 : random32();
}

static void
damage_at_random(uint8_t *file, size_t size)
{
	const size_t headers = offsetof(struct file, text);
	unsigned n = 1 + random32() % 4;
	uint32_t value;
	size_t at, len;

	while (n--) {
		value = harmful();
		len = (size_t)1 << random32() % 3;
		at = random32() % (headers - 4) & ~(len - 1);
		if (at + len <= size)
			memcpy(file + at, &value, len);
	}
}

static void
a_hundred_thousand_random_files_are_safe(void)
{
	unsigned accepted = 0, n;

	for (n = 0; n < 100000 && test_ok; n++) {
		struct file f = good();
		size_t size = random32() % 8 ? sizeof(f)
			: random32() % (sizeof(f) + 1);
		uint8_t *file = malloc(size ? size : 1);

		memcpy(file, &f, size);
		damage_at_random(file, size);
		if (!elf_refusal(file, size)) {
			accepted++;
			promises(file, size);
		}
		free(file);
	}
	/* Without both answers, this has tested nothing. */
	CHECK(accepted > 1000 && accepted < n - 1000, "%u of %u accepted",
	      accepted, n);
	printf("# %u of %u accepted\n", accepted, n);
}

static void
noise_is_refused(void)
{
	uint8_t noise[256];
	unsigned n, i;

	for (n = 0; n < 10000; n++) {
		for (i = 0; i < sizeof(noise); i++)
			noise[i] = random32();
		CHECK(elf_refusal(noise, sizeof(noise)), "accepted in %u", n);
	}
}

int
main(void)
{
	TEST(a_good_file_is_accepted);
	TEST(a_file_cut_short_anywhere_is_refused);
	TEST(each_field_damaged_is_refused_for_its_reason);
	TEST(the_same_segment_twice_is_refused);
	TEST(a_hundred_thousand_random_files_are_safe);
	TEST(noise_is_refused);
	return summary();
}
