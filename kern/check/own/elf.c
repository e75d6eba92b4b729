/*
 * Checks of program files: which are rejected, and how the others are loaded. A
 * file made for the purpose has segments that share pages, cross page
 * boundaries and end at limits; hello is a file as the linker made it.
 *
 * These checks read the file again, by hand.
 */

#include <inc/error.h>
#include <inc/string.h>
#include <kern/check/own/user.h>
#include <kern/check/tables.h>
#include <kern/elf.h>
#include <kern/env.h>
#include <kern/vmwalk.h>

#define R	ELF_PROG_FLAG_READ
#define W	ELF_PROG_FLAG_WRITE
#define X	ELF_PROG_FLAG_EXEC

/* Segments of the file below, by their program headers. */
enum { TOP, TEXT, DATA, EMPTY, NOTE, CONST, LAST, NPARTS };

#define TEXT_VA		(UTEXT + PGSIZE - sizeof(good.text) / 3)
#define DATA_VA		(UTEXT + PGSIZE + 0x200)
#define DATA_END	(UTEXT + 3 * PGSIZE + 1)	/* a single byte */
#define CONST_VA	(UTEXT + 3 * PGSIZE + 0x800)
#define TOP_VA		(ELF_TOP - 0x10)
#define LAST_VA		(ELF_TOP - 0x20)

struct program_file {
	struct Elf elf;
	struct Proghdr parts[NPARTS];
	char text[96], data[16], constants[8];
};

#define OFFSET(field)	__builtin_offsetof(struct program_file, field)

/*
 * Text crosses into the data's page; constants follow. The first segment's page
 * is below the table of the stack's; the last one's is in that table.
 */
static const struct program_file good = {
	.elf = {
		.e_magic = ELF_MAGIC, .e_elf = { 1, 1, 1 },
		.e_type = ELF_TYPE_EXEC, .e_machine = ELF_MACHINE_386,
		.e_version = 1, .e_entry = TEXT_VA,
		.e_phoff = OFFSET(parts), .e_ehsize = sizeof(struct Elf),
		.e_phentsize = sizeof(struct Proghdr), .e_phnum = NPARTS,
	},
	.parts = {
		[TOP] = { ELF_PROG_LOAD, sizeof(good), TOP_VA, 0, 0,
			  ELF_TOP - TOP_VA, R, 1 },
		[TEXT] = { ELF_PROG_LOAD, OFFSET(text), TEXT_VA, 0,
			   sizeof(good.text), sizeof(good.text), R | X, 1 },
		[DATA] = { ELF_PROG_LOAD, OFFSET(data), DATA_VA, 0,
			   sizeof(good.data), DATA_END - DATA_VA, R | W, 1 },
		[EMPTY] = { ELF_PROG_LOAD, 0, KERNBASE, 0, 0, 0, R | W, 1 },
		[NOTE] = { 4, 0xFFFF0000, UTEMP_VA, 0, 8, 8, R, 1 },
		[CONST] = { ELF_PROG_LOAD, OFFSET(constants), CONST_VA, 0,
			    sizeof(good.constants), sizeof(good.constants), R,
			    1 },
		[LAST] = { ELF_PROG_LOAD, OFFSET(constants), LAST_VA, 0,
			   sizeof(good.constants), sizeof(good.constants), R,
			   1 },
	},
};

/* The file to load: in a page, at its end, with no page after it. */
static struct program_file *file;

static void
begin(void)
{
	struct PageInfo *pp = page_alloc(0);
	uint32_t i;

	EXPECT_THAT(pp && page_insert(kern_pgdir, pp, UTEMP, PTE_W)
		    == 0, "memory for a file", "none");
	check_held(pp);
	check_hold_table(UTEMP_VA);
	file = (struct program_file *)(UTEMP + PGSIZE - sizeof(good));
	memcpy(file, &good, sizeof(good));
	/* All bytes differ, and none is 0. */
	for (i = OFFSET(text); i < sizeof(good); i++)
		((char *)file)[i] = i % 255 + 1;
}

static bool
has_word(const char *text, const char *word)
{
	size_t n = strlen(word);

	for (; *text; text++)
		if (strncmp(text, word, n) == 0)
			return true;
	return false;
}

static void
expect_refused(const char *word, const char *why, const char *what,
	       uint32_t value)
{
	EXPECT_THAT(!word == !why && (!word || has_word(why, word)),
		    word ? word : "accepted", "%s, with 0x%x as %s",
		    why ? why : "accepted", value, what);
}

/* --- What is refused --------------------------------------------------- */

#define ELF(field)	"the header's " #field, OFFSET(elf.field), \
			sizeof(good.elf.field)
#define PART(n, field)	#n "'s " #field, OFFSET(parts[n].field), 4

/*
 * Fields, bad values, and a word of the reason; NULL if the value is harmless.
 */
static const struct {
	const char *what;
	uint16_t offset, size;
	uint32_t value;
	const char *word;
} damage[] = {
	{ ELF(e_magic), 0x464C457E, "magic" },
	{ ELF(e_elf[0]), 2, "32-bit" },
	{ ELF(e_elf[1]), 2, "little" },
	{ ELF(e_elf[2]), 0, "version" },
	{ ELF(e_elf[3]), 9, NULL },
	{ ELF(e_type), 1, "executable" },
	{ ELF(e_type), 3, "executable" },
	{ ELF(e_machine), 62, "i386" },
	{ ELF(e_version), 2, "version" },
	{ ELF(e_phoff), 0xFFFFFFE0, "program headers are beyond" },
	{ ELF(e_phoff), sizeof(good) + 1, "program headers are beyond" },
	{ ELF(e_phoff), sizeof(good) - NPARTS * sizeof(struct Proghdr) + 1,
	  "program headers are beyond" },
	{ ELF(e_shoff), 0xFFFFFFFF, NULL },
	{ ELF(e_flags), 0xFFFFFFFF, NULL },
	{ ELF(e_ehsize), sizeof(struct Elf) - 1, "too short" },
	{ ELF(e_ehsize), 0xFFFF, NULL },
	{ ELF(e_phentsize), sizeof(struct Proghdr) - 1, "usual size" },
	{ ELF(e_phentsize), sizeof(struct Proghdr) + 1, "usual size" },
	{ ELF(e_phnum), 0, "no program headers" },
	{ ELF(e_phnum), 2, NULL },
	{ ELF(e_phnum), 1, "entry" },
	{ ELF(e_phnum), 0xFFFF, "program headers are beyond" },
	{ ELF(e_shentsize), 0xFFFF, NULL },
	{ ELF(e_shnum), 0xFFFF, NULL },
	{ ELF(e_shstrndx), 0xFFFF, NULL },
	{ PART(TEXT, p_type), 0, "entry" },
	{ PART(TEXT, p_offset), 0xFFFFFFFF, "file's end" },
	{ PART(TEXT, p_offset), sizeof(good) + 1, "file's end" },
	{ PART(TEXT, p_offset), sizeof(good) - sizeof(good.text), NULL },
	{ PART(TEXT, p_offset), sizeof(good) - sizeof(good.text) + 1,
	  "file's end" },
	{ PART(TOP, p_offset), sizeof(good) + 1, "file's end" },
	{ PART(TEXT, p_va), 0, "page 0" },
	{ PART(CONST, p_va), PGSIZE - 1, "page 0" },
	{ PART(CONST, p_va), PGSIZE, NULL },
	{ PART(CONST, p_va), KERNBASE, "below the stack" },
	{ PART(CONST, p_va), 0xFFFFFFFC, "below the stack" },
	{ PART(TOP, p_va), TOP_VA + 1, "below the stack" },
	{ PART(TOP, p_va), USTACKTOP - PGSIZE, "below the stack" },
	{ PART(TOP, p_va), UTOP, "below the stack" },
	{ PART(TEXT, p_pa), 0xFFFFFFFF, NULL },
	{ PART(TEXT, p_filesz), 0, NULL },
	{ PART(TEXT, p_filesz), sizeof(good.text) + 1, "more bytes" },
	{ PART(TEXT, p_memsz), sizeof(good.text) - 1, "more bytes" },
	{ PART(TEXT, p_memsz), 0, "more bytes" },
	{ PART(TOP, p_memsz), ELF_TOP - TOP_VA + 1, "below the stack" },
	{ PART(TOP, p_memsz), 0xFFFFFFFF, "below the stack" },
	{ PART(TOP, p_memsz), 0 - TOP_VA, "below the stack" },
	{ PART(TEXT, p_flags), 0xFFFFFFFF, NULL },
	{ PART(TEXT, p_align), 0xFFFFFFFF, NULL },
};

static void
damaged_files_are_refused(void)
{
	size_t i;

	begin();
	expect_refused(NULL, elf_refusal(file, sizeof(*file)), "nothing", 0);
	for (i = 0; i < ARRAY_SIZE(damage); i++) {
		memcpy((char *)file + damage[i].offset, &damage[i].value,
		       damage[i].size);
		expect_refused(damage[i].word, elf_refusal(file, sizeof(*file)),
			       damage[i].what, damage[i].value);
		memcpy(file, &good, sizeof(good));
	}
	check_note("ELF files: %u kinds of damage judged",
		   ARRAY_SIZE(damage));
}

static void
short_files_are_refused(void)
{
	char *stop = (char *)UTEMP + PGSIZE;
	size_t size;

	begin();
	for (size = 0; size < sizeof(good); size++) {
		memcpy(stop - size, &good, size);
		EXPECT_THAT(elf_refusal(stop - size, size), "refused",
			    "%u of %u bytes accepted", size, sizeof(good));
	}
}

/* After everything else, and not at the usual place. */
static void
headers_may_be_anywhere(void)
{
	const size_t size = sizeof(good) + sizeof(good.parts);
	struct Proghdr ph;
	unsigned i = 0;

	begin();
	file = (struct program_file *)(UTEMP + PGSIZE - size);
	memcpy(file, &good, sizeof(good));
	memset(file->parts, 0xFF, sizeof(file->parts));
	memcpy(file + 1, &good.parts, sizeof(good.parts));
	file->elf.e_phoff = sizeof(good);
	expect_refused(NULL, elf_refusal(file, size), "e_phoff",
		       file->elf.e_phoff);
	EXPECT_THAT(elf_segment(file, &i, &ph) && ph.p_va == TOP_VA && i == 1,
		    "the first segment", "0x%08x, with header %u", ph.p_va, i);
	EXPECT_THAT(elf_segment(file, &i, &ph) && ph.p_va == TEXT_VA && i == 2,
		    "the second segment", "0x%08x, with header %u", ph.p_va, i);
}

/* Pairs of segments, and the second one's addresses in the test. */
static const struct {
	uint8_t of;
	uint32_t va, memsz;
	const char *word;
} meetings[] = {
	{ CONST, DATA_END, 8, NULL },
	{ CONST, DATA_END - 1, 8, "overlap" },
	{ CONST, DATA_VA - 8, 8, NULL },
	{ CONST, DATA_VA - 7, 8, "overlap" },
	{ CONST, DATA_VA + 8, 8, "overlap" },
	{ CONST, DATA_VA - 8, 0x10000, "overlap" },
	{ CONST, TEXT_VA, 8, "overlap" },
	{ CONST, UTEMP_VA, 8, NULL },	/* NOTE is not loaded */
	{ TOP, CONST_VA, 8, "overlap" },
	{ TOP, CONST_VA + 8, 8, NULL },
	{ EMPTY, DATA_VA, 1, "overlap" },
	{ EMPTY, DATA_VA, 0, NULL },
	{ LAST, TOP_VA, 8, "overlap" },
	{ LAST, TOP_VA - 7, 8, "overlap" },
	{ DATA, TEXT_VA - 16, 16, NULL },
	{ DATA, TEXT_VA - 16, 17, "overlap" },
};

static void
segments_do_not_overlap(void)
{
	size_t i;

	begin();
	for (i = 0; i < ARRAY_SIZE(meetings); i++) {
		file->parts[meetings[i].of].p_va = meetings[i].va;
		file->parts[meetings[i].of].p_memsz = meetings[i].memsz;
		expect_refused(meetings[i].word,
			       elf_refusal(file, sizeof(*file)),
			       "a segment's address", meetings[i].va);
		memcpy(file, &good, sizeof(good));
	}
}

static const struct {
	uint32_t entry;
	const char *word;
} entries[] = {
	{ 0, "entry" },
	{ TEXT_VA - 1, "entry" },
	{ TEXT_VA, NULL },
	{ TEXT_VA + sizeof(good.text) - 1, NULL },
	{ TEXT_VA + sizeof(good.text), "entry" },
	{ DATA_VA, "entry" },
	{ CONST_VA, "entry" },
	{ UTEMP_VA, "entry" },
	{ KERNBASE, "entry" },
};

static void
programs_begin_in_code(void)
{
	size_t i;

	begin();
	for (i = 0; i < ARRAY_SIZE(entries); i++) {
		file->elf.e_entry = entries[i].entry;
		expect_refused(entries[i].word,
			       elf_refusal(file, sizeof(*file)),
			       "the entry point", entries[i].entry);
		EXPECT_EQ(elf_entry(file), entries[i].entry);
	}
	/* Try more than the first and the last executable segment. */
	file->elf.e_entry = CONST_VA;
	file->parts[CONST].p_flags = R | X;
	expect_refused(NULL, elf_refusal(file, sizeof(*file)),
		       "the entry point", CONST_VA);
	file->elf.e_entry = TEXT_VA;
	expect_refused(NULL, elf_refusal(file, sizeof(*file)),
		       "the entry point", TEXT_VA);
}

static void
refused_files_leave_nothing(void)
{
	struct Env *slot = env_free_list, *e = NULL;
	envid_t id = slot->env_id;
	uint32_t before;

	begin();
	before = count_free();
	file->elf.e_magic++;
	EXPECT_EQ(env_create(file, sizeof(*file), ENV_TYPE_USER, &e),
		  -E_NOT_EXEC);
	file->elf.e_magic--;
	EXPECT_EQ(env_create(file, sizeof(*file) - 1, ENV_TYPE_USER, &e),
		  -E_NOT_EXEC);
	EXPECT_EQ(e, NULL);
	EXPECT_EQ(env_free_list, slot);
	EXPECT_EQ(slot->env_id, id);
	EXPECT_EQ(count_free(), before);
}

/* --- What is loaded ---------------------------------------------------- */

/* Return the next loadable segment of a file; NULL after the last. */
static const struct Proghdr *
next_part(const char *elf, const struct Proghdr *ph)
{
	const struct Elf *header = (const struct Elf *)elf;
	const struct Proghdr *first = (const struct Proghdr *)
		(elf + header->e_phoff);

	for (ph = ph ? ph + 1 : first; ph < first + header->e_phnum; ph++)
		if (ph->p_type == ELF_PROG_LOAD && ph->p_memsz)
			return ph;
	return NULL;
}

/*
 * Return the permissions that the file asks for a page of user memory; 0 if
 * none.
 */
static uint32_t
rights_by_file(const char *elf, uintptr_t va)
{
	const struct Proghdr *ph = NULL;
	uint32_t rights = 0;

	if (va == USTACKTOP - PGSIZE)
		return PTE_P | PTE_U | PTE_W;
	while ((ph = next_part(elf, ph)))
		if (va + PGSIZE > ph->p_va && va < ph->p_va + ph->p_memsz)
			rights |= PTE_P | PTE_U
				| (ph->p_flags & W ? PTE_W : 0);
	return rights;
}

static void
expect_rights(const struct Env *e, const char *elf)
{
	struct vm_walk w;
	uintptr_t va;

	for (va = 0; va < UTOP; va += w.ptep ? PGSIZE : PTSIZE) {
		vm_walk(e->env_pgdir, va, &w);
		if (!w.ptep && !rights_by_file(elf, va))
			continue;
		EXPECT_THAT(w.rights == (w.mapped ? rights_by_file(elf, va) : 0)
			    && w.mapped == (rights_by_file(elf, va) != 0),
			    "the permissions that the program's file asks for",
			    "permissions 0x%x instead of 0x%x at 0x%08x",
			    w.rights, rights_by_file(elf, va), va);
	}
}

/* Check that at va there are n bytes as at `at`; or zeroes, if at is NULL. */
static void
expect_bytes(const struct Env *e, uintptr_t va, size_t n, const char *at)
{
	struct vm_walk w;
	char is, should;
	size_t i;

	for (i = 0; i < n; i++) {
		EXPECT_THAT(vm_walk(e->env_pgdir, va + i, &w), "memory",
			    "none at 0x%08x", va + i);
		is = *(char *)KADDR(w.pa);
		should = at ? at[i] : 0;
		EXPECT_THAT(is == should, "the file's bytes, and zeroes",
			    "0x%02x instead of 0x%02x at 0x%08x", is & 0xFF,
			    should & 0xFF, va + i);
	}
}

/* Return where the bytes begin that no other segment has, before va. */
static uintptr_t
gap_before(const char *elf, uintptr_t va)
{
	const struct Proghdr *ph = NULL;
	uintptr_t from = ROUNDDOWN(va, PGSIZE);

	while ((ph = next_part(elf, ph)))
		if (ph->p_va < va)
			from = MAX(from, (uintptr_t)(ph->p_va + ph->p_memsz));
	return from;
}

/* Check for the file's bytes in all segments, and for zeroes around them. */
static void
expect_contents(const struct Env *e, const char *elf)
{
	const struct Proghdr *ph = NULL;

	while ((ph = next_part(elf, ph))) {
		expect_bytes(e, gap_before(elf, ph->p_va),
			     ph->p_va - gap_before(elf, ph->p_va), NULL);
		expect_bytes(e, ph->p_va, ph->p_filesz, elf + ph->p_offset);
		expect_bytes(e, ph->p_va + ph->p_filesz,
			     ph->p_memsz - ph->p_filesz, NULL);
	}
	expect_bytes(e, USTACKTOP - PGSIZE, PGSIZE, NULL);
}

/* Load a file, and check the environment. */
static void
load(const void *elf, size_t size,
     void (*expect)(const struct Env *e, const char *elf))
{
	struct Env *e;
	int error = env_create(elf, size, ENV_TYPE_USER, &e);

	EXPECT_THAT(error == 0, "an environment", "%d", error);
	expect(e, elf);
	env_free(e);
}

/* Fill the frames that page_alloc returns next: what is not cleared shows. */
static void
soil_frames(void)
{
	struct PageInfo *pp[16];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(pp); i++) {
		pp[i] = check_frame();
		memset(page2kva(pp[i]), 0xA5, PGSIZE);
	}
	while (i--)
		page_free(pp[i]);
}

static void
load_both(void (*expect)(const struct Env *e, const char *elf))
{
	const struct program *p = any_program();

	begin();
	soil_frames();
	load(p->start, p->end - p->start, expect);
	soil_frames();
	load(file, sizeof(*file), expect);
}

/*
 * Create an environment with `left` frames free; *after gets the number free
 * afterwards.
 */
static int
create_with(uint32_t left, struct Env **store, uint32_t *after)
{
	struct PageInfo **link = &page_free_list, *others;
	uint32_t i;
	int error;

	for (i = 0; i < left; i++)
		link = &(*link)->pp_link;
	others = *link;
	*link = NULL;
	error = env_create(file, sizeof(*file), ENV_TYPE_USER, store);
	*after = count_free();
	give_free_list(others);
	return error;
}

static void
create_fails_cleanly(void)
{
	struct Env *slot = env_free_list, *e = NULL;
	uint32_t left, after;
	int error;

	begin();
	for (left = 0; (error = create_with(left, &e, &after)); left++) {
		EXPECT_THAT(left < 64, "success with enough frames",
			    "%d with %u frames free", error, left);
		EXPECT_THAT(error == -E_NO_MEM && after == left,
			    "-E_NO_MEM, and as many free frames as before",
			    "%d with %u frames free, then %u", error, left,
			    after);
		EXPECT_EQ(env_free_list, slot);
		EXPECT_EQ(slot->env_status, ENV_FREE);
		EXPECT_EQ(e, NULL);
	}
	expect_rights(e, (const char *)file);
	env_free(e);
	e = NULL;
	after = count_free();
	env_free_list = NULL;
	error = env_create(file, sizeof(*file), ENV_TYPE_USER, &e);
	env_free_list = slot;
	EXPECT_EQ(error, -E_NO_FREE_ENV);
	EXPECT_EQ(e, NULL);
	EXPECT_EQ(count_free(), after);
	check_note("env_create: memory ran out at each of its allocations");
}

static void
user_memory_is_as_the_file_says(void)
{
	load_both(expect_rights);
}

static void
file_and_zeroes_are_loaded(void)
{
	load_both(expect_contents);
}

/* env_create sets the type. The entry point is not the first address. */
static void
programs_begin_as_the_file_says(void)
{
	struct Env *e;

	begin();
	file->elf.e_entry += 5;
	EXPECT_EQ(env_create(file, sizeof(*file), (enum EnvType)7, &e), 0);
	EXPECT_EQ(e->env_tf.tf_eip, TEXT_VA + 5);
	EXPECT_EQ(e->env_type, 7);
	EXPECT_EQ(e->env_status, ENV_RUNNABLE);
	EXPECT_EQ(e->env_parent_id, 0);
	env_free(e);
}

const struct check own_elf_checks[] = {
	LONG_OWN(ENV, damaged_files_are_refused, "elf_refusal",
		 "elf_refusal checks each field before it is used"),
	LONG_OWN(ENV, short_files_are_refused, "elf_refusal",
		 "elf_refusal reads nothing beyond the end of a short file"),
	LONG_OWN(ENV, headers_may_be_anywhere, "elf_refusal",
		 "elf_refusal finds the program headers where the file has"
		 " them"),
	LONG_OWN(ENV, segments_do_not_overlap, "elf_refusal",
		 "elf_refusal rejects segments that overlap"),
	LONG_OWN(ENV, programs_begin_in_code, "elf_refusal",
		 "elf_refusal rejects an entry point outside of executable"
		 " segments"),
	CHECK_TABLE_END
};

const struct check own_load_checks[] = {
	LONG_OWN(ENV, refused_files_leave_nothing, "env_create",
		 "E1: env_create changes nothing if it rejects the file"),
	LONG_OWN(ENV, create_fails_cleanly, "env_create",
		 "E1: env_create changes nothing if memory runs out at any"
		 " point"),
	LONG_OWN(ENV, user_memory_is_as_the_file_says, "env_create",
		 "env_create maps the pages of the program with its"
		 " permissions"),
	LONG_OWN(ENV, file_and_zeroes_are_loaded, "env_create",
		 "env_create fills segments from the file; the rest and the"
		 " stack are zero"),
	LONG_OWN(ENV, programs_begin_as_the_file_says, "env_create",
		 "env_create sets the entry point, type and status"),
	CHECK_TABLE_END
};
