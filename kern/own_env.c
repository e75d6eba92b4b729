/*
 * Checks of environments: ids, address spaces, memory given back, files and
 * pointers that are refused. They make environments and end them without
 * running them; programs under user/ show the rest.
 */

#include <inc/error.h>
#include <inc/string.h>
#include <kern/check_tables.h>
#include <kern/elf.h>
#include <kern/env.h>
#include <kern/program.h>
#include <kern/vmwalk.h>

/* The environment of the check that runs; and the file it is made of. */
static struct Env *env;
static char file[16 << 10];
static size_t file_size;

/* A copy of hello that can be damaged. */
static void
load_file(void)
{
	const struct program *p = program_find("hello");

	EXPECT_THAT(p, "the program hello in the kernel", "none");
	file_size = p->end - p->start;
	EXPECT_THAT(file_size <= sizeof(file), "a small program", "%u bytes",
		    file_size);
	memcpy(file, p->start, file_size);
}

static void
begin(void)
{
	int error;

	load_file();
	error = env_create(file, file_size, ENV_TYPE_USER, &env);
	EXPECT_THAT(error == 0, "an environment of hello", "%d", error);
}

/* --- Ids --------------------------------------------------------------- */

static void
ids_are_found_and_no_others(void)
{
	struct Env *found;

	begin();
	EXPECT_EQ(envid2env(env->env_id, &found, false), 0);
	EXPECT_EQ(found, env);
	EXPECT_EQ(envid2env(env->env_id + NENV * 4, &found, false), -E_BAD_ENV);
	EXPECT_EQ(found, NULL);
	EXPECT_EQ(envid2env(-1, &found, false), -E_BAD_ENV);
	/* Nobody's child is not the caller's to touch. */
	EXPECT_EQ(envid2env(env->env_id, &found, true), -E_BAD_ENV);
	env_free(env);
}

static void
ids_are_not_used_again(void)
{
	struct Env *found;
	envid_t first;
	int i;

	begin();
	first = env->env_id;
	for (i = 0; i < 10; i++) {
		env_free(env);
		EXPECT_EQ(envid2env(first, &found, false), -E_BAD_ENV);
		EXPECT_EQ(env_create(file, file_size, ENV_TYPE_USER, &env), 0);
		EXPECT_EQ(ENVX(env->env_id), ENVX(first));
		EXPECT_THAT(env->env_id > first, "a later id", "%08x after"
			    " %08x", env->env_id, first);
	}
	env_free(env);
}

/* Has any slot been used since the kernel started? */
static bool
slots_were_used(void)
{
	const struct Env *e;

	for (e = envs; e < envs + NENV; e++)
		if (e->env_id)
			return true;
	return false;
}

static void
free_slots_are_listed(void)
{
	static bool listed[NENV];
	const struct Env *e, *next = envs;
	bool in_order = !slots_were_used();
	int n;

	memset(listed, 0, sizeof(listed));
	for (e = env_free_list, n = 0; e; e = e->env_link, n++) {
		EXPECT_THAT(e >= envs && e < envs + NENV, "a slot of envs",
			    "%p, as number %d of the list", (const void *)e, n);
		EXPECT_THAT(!listed[e - envs], "each slot once",
			    "slot %d again, as number %d of the list",
			    (int)(e - envs), n);
		EXPECT_THAT(!in_order || e == next++, "slot after slot",
			    "slot %d as number %d of the list",
			    (int)(e - envs), n);
		listed[e - envs] = true;
	}
	for (e = envs; e < envs + NENV; e++)
		EXPECT_THAT(listed[e - envs] == (e->env_status == ENV_FREE),
			    "all that are free, and no others",
			    "slot %d %s", (int)(e - envs), listed[e - envs]
			    ? "in use and on the list"
			    : "free and not on the list");
}

static void
slots_run_out_and_come_back(void)
{
	struct Env *e;
	int n = 0, error;

	while ((error = env_alloc(&e, 0)) == 0) {
		EXPECT_THAT(n < NENV, "at most NENV environments", "%d", n);
		n++;
	}
	for (e = envs; e < envs + NENV; e++)
		if (e->env_status != ENV_FREE)
			env_free(e);
	/* On a small machine memory may be the first to run out. */
	EXPECT_THAT(error == (n == NENV ? -E_NO_FREE_ENV : -E_NO_MEM),
		    "-E_NO_FREE_ENV after the last slot", "%d after %d", error,
		    n);
}

/* --- Address spaces ---------------------------------------------------- */

/* What the file says of a page of user memory: rights, or 0 for none. */
static uint32_t
rights_by_file(uintptr_t va)
{
	uint32_t rights = 0;
	struct Proghdr ph;
	unsigned i = 0;

	if (va == USTACKTOP - PGSIZE)
		return PTE_P | PTE_U | PTE_W;
	while (elf_part(file, &i, &ph))
		if (va + PGSIZE > ph.p_va && va < ph.p_va + ph.p_memsz)
			rights |= PTE_P | PTE_U
				| (ph.p_flags & ELF_PROG_FLAG_WRITE ? PTE_W : 0);
	return rights;
}

static void
user_memory_is_as_the_file_says(void)
{
	struct vm_walk w;
	uintptr_t va;

	begin();
	for (va = 0; va < UTOP; va += w.ptep ? PGSIZE : PTSIZE) {
		vm_walk(env->env_pgdir, va, &w);
		if (!w.ptep)
			continue;
		EXPECT_THAT(w.rights == (w.mapped ? rights_by_file(va) : 0)
			    && w.mapped == (rights_by_file(va) != 0),
			    "the rights that the program's file asks for",
			    "rights 0x%x instead of 0x%x at 0x%08x", w.rights,
			    rights_by_file(va), va);
	}
	env_free(env);
}

static void
kernel_part_is_shared(void)
{
	uint32_t i;

	begin();
	for (i = PDX(UTOP); i < NPDENTRIES; i++)
		EXPECT_THAT(i == PDX(UVPT)
			    || ((env->env_pgdir[i] ^ kern_pgdir[i])
				& ~(PTE_A | PTE_D)) == 0,
			    "the kernel's own entry",
			    "0x%08x instead of 0x%08x in entry 0x%x",
			    env->env_pgdir[i], kern_pgdir[i], i);
	EXPECT_EQ(env->env_pgdir[PDX(UVPT)],
		  PADDR(env->env_pgdir) | PTE_P | PTE_U);
	env_free(env);
}

static void
file_and_zeroes_are_loaded(void)
{
	const char *page;
	struct Proghdr ph;
	struct vm_walk w;
	unsigned i = 0;
	uint32_t at;

	begin();
	while (elf_part(file, &i, &ph))
		for (at = 0; at < ph.p_memsz; at++) {
			vm_walk(env->env_pgdir, ph.p_va + at, &w);
			page = (char *)KADDR(w.pa);
			EXPECT_THAT(*page == (at < ph.p_filesz
					      ? file[ph.p_offset + at] : 0),
				    "the file's bytes, then zeroes",
				    "0x%02x at 0x%08x", *page & 0xFF,
				    ph.p_va + at);
		}
	vm_walk(env->env_pgdir, USTACKTOP - PGSIZE, &w);
	for (at = 0, page = KADDR(w.pa); at < PGSIZE; at++)
		EXPECT_THAT(!page[at], "an empty stack", "0x%02x at offset"
			    " 0x%x", page[at] & 0xFF, at);
	env_free(env);
}

static void
registers_begin_clean(void)
{
	static const struct PushRegs none;

	begin();
	EXPECT_EQ(memcmp(&env->env_tf.tf_regs, &none, sizeof(none)), 0);
	EXPECT_EQ(env->env_tf.tf_eflags, FL_IF);
	EXPECT_EQ(env->env_tf.tf_esp, USTACKTOP);
	EXPECT_EQ(env->env_tf.tf_eip, elf_entry(file));
	EXPECT_EQ(env->env_tf.tf_cs, GD_UT | 3);
	EXPECT_EQ(env->env_tf.tf_ss, GD_UD | 3);
	EXPECT_EQ(env->env_status, ENV_RUNNABLE);
	EXPECT_EQ(env->env_runs, 0);
	env_free(env);
}

/* --- Memory ------------------------------------------------------------ */

static void
create_fails_cleanly(void)
{
	struct PageInfo **link, *others;
	uint32_t left, i;
	int error;

	load_file();
	for (left = 0, error = -1; error; left++) {
		EXPECT_THAT(left < 64, "success at last", "%d with %u frames"
			    " free", error, left);
		for (link = &page_free_list, i = 0; i < left; i++)
			link = &(*link)->pp_link;
		others = *link;
		*link = NULL;
		error = env_create(file, file_size, ENV_TYPE_USER, &env);
		i = count_free();
		if (!error)
			env_free(env);
		give_free_list(others);
		EXPECT_THAT(!error || (error == -E_NO_MEM && i == left),
			    "-E_NO_MEM, and all frames back",
			    "%d with %u frames free, then %u", error, left, i);
	}
	check_note("env_create: memory ran out at each of its allocations");
}

/* --- Files ------------------------------------------------------------- */

/* A change of the file's header, and of its first program header. */
static const struct {
	const char *what;
	uint16_t offset, size;
	uint32_t value;
} damage[] = {
	{ "magic", 0, 4, 0x464C457E },
	{ "class", 4, 1, 2 },
	{ "byte order", 5, 1, 2 },
	{ "version", 6, 1, 0 },
	{ "type", 16, 2, 3 },
	{ "machine", 18, 2, 62 },
	{ "entry point 0", 24, 4, 0 },
	{ "entry point in the kernel", 24, 4, KERNBASE },
	{ "program headers beyond the end", 28, 4, 0x10000 },
	{ "program headers wrapping", 28, 4, 0xFFFFFFF0 },
	{ "size of a program header", 42, 2, 16 },
	{ "no program headers", 44, 2, 0 },
	{ "too many program headers", 44, 2, 0xFFFF },
	{ "bytes beyond the end", 52 + 4, 4, 0x10000000 },
	{ "bytes wrapping", 52 + 4, 4, 0xFFFFFFFF },
	{ "address in the kernel", 52 + 8, 4, KERNBASE },
	{ "address 0", 52 + 8, 4, 0 },
	{ "address at UTOP", 52 + 8, 4, UTOP },
	{ "address of the stack", 52 + 8, 4, USTACKTOP - PGSIZE },
	{ "more bytes in the file than in memory", 52 + 20, 4, 1 },
	{ "memory wrapping", 52 + 20, 4, 0xFFFFFFFF },
	{ "not executable", 52 + 24, 4, 4 },
};

static void
damaged_files_are_refused(void)
{
	size_t i, j;
	struct Elf elf;
	uint32_t before;

	load_file();
	before = count_free();
	memcpy(&elf, file, sizeof(elf));
	EXPECT_EQ(elf.e_phoff, 52);
	for (i = 0; i < ARRAY_SIZE(damage); i++) {
		load_file();
		for (j = 0; j < damage[i].size; j++)
			file[damage[i].offset + j] = damage[i].value >> 8 * j;
		EXPECT_THAT(elf_refusal(file, file_size), "refused",
			    "accepted, with the %s damaged", damage[i].what);
	}
	load_file();
	for (i = 0; i < file_size; i += 97)
		if (!elf_refusal(file, i))
			EXPECT_THAT(i > elf.e_phoff, "a short file refused",
				    "accepted with %u bytes", i);
	EXPECT_EQ(count_free(), before);
	check_note("ELF files: %u kinds of damage refused",
		   ARRAY_SIZE(damage));
}

/* --- Pointers ---------------------------------------------------------- */

static void
expect_allowed(uintptr_t va, size_t len, int perm)
{
	uintptr_t bad = 0;

	EXPECT_THAT(user_mem_check(env, (void *)va, len, perm, &bad) == 0,
		    "allowed", "refused: 0x%x bytes at 0x%08x, bad at 0x%08x",
		    len, va, bad);
}

static void
expect_refused(uintptr_t va, size_t len, int perm, uintptr_t first)
{
	uintptr_t bad = 0;

	EXPECT_THAT(user_mem_check(env, (void *)va, len, perm, &bad)
		    == -E_FAULT, "refused", "allowed: 0x%x bytes at 0x%08x",
		    len, va);
	EXPECT_EQ(bad, first);
}

static void
pointers_are_looked_at(void)
{
	uintptr_t text = UTEXT + 0x20, stack = USTACKTOP - PGSIZE;

	begin();
	expect_allowed(text, 1, 0);
	expect_allowed(text, 0, PTE_W);
	expect_allowed(0, 0, 0);
	expect_refused(text, 1, PTE_W, text);
	expect_allowed(stack, PGSIZE, PTE_W);
	expect_allowed(stack + PGSIZE - 1, 1, PTE_W);
	expect_refused(stack, PGSIZE + 1, PTE_W, USTACKTOP);
	expect_refused(stack - 1, 2, 0, stack - 1);
	expect_refused(stack + 8, 0xFFFFFFFF, 0, USTACKTOP);
	expect_refused(1, 1, 0, 1);
	expect_refused(0, 0xFFFFFFFF, 0, 0);
	expect_refused(UTOP - 1, 2, 0, UTOP - 1);
	expect_refused(UTOP, 1, 0, UTOP);
	expect_refused(UPAGES, 4, PTE_W, UPAGES);
	expect_refused(ULIM, 1, 0, ULIM);
	expect_refused(KERNBASE, 100, 0, KERNBASE);
	expect_refused(0xFFFFFFFF, 1, 0, 0xFFFFFFFF);
	expect_refused(0xFFFFFFFF, 0xFFFFFFFF, 0, 0xFFFFFFFF);
	env_free(env);
}

const struct check env_checks[] = {
#define C(name, subject, rule)						\
	{ "check_env", #name, subject, rule, name, CHECK_OWN, CHECK_LONG }
	C(free_slots_are_listed, "env_init",
	  "env_init: all free slots are on the list, the first one first"),
	C(ids_are_found_and_no_others, "envid2env",
	  "envid2env: the environment with that id, and no other"),
	C(ids_are_not_used_again, "env_alloc",
	  "env_alloc: a slot used again has a new id"),
	C(slots_run_out_and_come_back, "env_alloc",
	  "env_alloc: NENV at a time; all come back"),
	C(registers_begin_clean, "env_alloc",
	  "env_alloc: registers in order, nothing of anybody in them"),
	C(kernel_part_is_shared, "env_setup_vm",
	  "M1, M3: the kernel's entries, and its own at UVPT"),
	C(user_memory_is_as_the_file_says, "env_create",
	  "env_create: pages and rights as in the program's file"),
	C(file_and_zeroes_are_loaded, "env_create",
	  "env_create: the file's bytes, then zeroes; an empty stack"),
	C(create_fails_cleanly, "env_create",
	  "E1: env_create, with memory running out at each point"),
	C(damaged_files_are_refused, "env_create",
	  "env_create: files that lie are refused"),
	C(pointers_are_looked_at, "user_mem_check",
	  "user_mem_check: the first address that users may not touch"),
#undef C
	CHECK_TABLE_END
};
