/*
 * Environments: their slots, their address spaces, loading programs, freeing.
 *
 * Each address space is a page directory. Its upper part, from UTOP on, is a
 * copy of the kernel's directory entries, so that all share the kernel's
 * tables; only the entry at UVPT differs (M3). Its lower part is the user's:
 * frames that page_insert has counted, through tables that have one reference
 * each. The directory's own frame has one, too.
 *
 * Frames are cleared before a user sees them, and a call that fails frees what
 * it has taken (E1).
 *
 * Users can read envs, so private data is in struct EnvPrivate.
 *
 * Not its job: which environment runs (sched.c), system calls (syscall.c).
 *
 * Limits: an environment lacks a directory entry that the kernel adds above
 * UTOP after its creation. The kernel makes all its tables before that.
 */

#include <inc/error.h>
#include <inc/string.h>
#include <inc/x86.h>
#include <kern/dev/console.h>
#include <kern/elf.h>
#include <kern/env.h>
#include <kern/filepage.h>
#include <kern/fpu.h>
#include <kern/hooks.h>
#include <kern/pmap.h>
#include <kern/queue.h>
#include <kern/resident.h>
#include <kern/slot.h>
#include <kern/status.h>

struct Env *env_free_list;
struct EnvPrivate env_privates[NENV];
uint32_t env_count;

/* The first id of slot 0; each use of a slot adds one generation. */
#define GENERATION	(1 << 12)

_Static_assert(GENERATION >= NENV, "the slot fits below the generation");

void
env_init(void)
{
	struct Env *e;

	queue_init();
	for (e = envs; e < envs + NENV - 1; e++)
		e->env_link = e + 1;
	e->env_link = NULL;
	env_free_list = envs;
}

int
envid2env(envid_t id, struct Env **store, bool checkperm)
{
	*store = checkperm ? env_find_own(id) : env_find(id);
	return *store ? 0 : -E_BAD_ENV;
}

/*
 * Print that an environment is new or freed; not in checks and benchmarks. A
 * program's unfinished line goes on with "new env": graders expect that.
 */
static void
announce(bool fresh_line, envid_t by, const char *what, envid_t id)
{
	if (hooks.quiet || hooks.checking)
		return;
	if (fresh_line)
		cons_fresh_line();
	cprintf("[%08x] %s env %08x\n", by, what, id);
}

/* --- Creating ---------------------------------------------------------- */

static int
env_setup_vm(struct Env *e)
{
	struct PageInfo *pp = page_alloc(ALLOC_ZERO);
	uint32_t first = PDX(UTOP);

	if (!pp)
		return -E_NO_MEM;
	pp->pp_ref++;
	e->env_pgdir = page2kva(pp);
	memcpy(e->env_pgdir + first, kern_pgdir + first,
	       (NPDENTRIES - first) * sizeof(pde_t));
	e->env_pgdir[PDX(UVPT)] = page2pa(pp) | PTE_P | PTE_U;
	return 0;
}

/* The slot's next id: positive, and unused for the last 2^19 generations. */
static envid_t
next_id(const struct Env *e)
{
	uint32_t generation = (e->env_id + GENERATION) & ~(GENERATION - 1);

	if ((int32_t)generation <= 0)
		generation = GENERATION;
	return generation | (e - envs);
}

int
env_alloc(struct Env **store, envid_t parent)
{
	struct Env *e = env_free_list;
	envid_t id;

	if (!e)
		return -E_NO_FREE_ENV;
	if (env_setup_vm(e) < 0)
		return -E_NO_MEM;
	env_free_list = e->env_link;
	id = next_id(e);
	*e = (struct Env) {
		.env_id = id,
		.env_parent_id = parent,
		.env_status = ENV_NOT_RUNNABLE,
		.env_pgdir = e->env_pgdir,
		/* Interrupts on, so that the timer ends its time slice. */
		.env_tf = {
			.tf_ds = GD_UD | 3, .tf_es = GD_UD | 3,
			.tf_ss = GD_UD | 3, .tf_cs = GD_UT | 3,
			.tf_esp = USTACKTOP, .tf_eflags = FL_IF,
		},
	};
	env_count++;
	announce(false, parent, "new", id);
	*store = e;
	return 0;
}

int
env_copy(struct Env **store)
{
	struct EnvPrivate *from = env_private(curenv), *to;
	struct fpu_state fpu = { .frame = NULL };
	struct Env *e;
	int error;

	if (!env_free_list)
		return -E_NO_FREE_ENV;
	/* Before env_alloc, which announces the environment. */
	error = fpu_copy(&fpu, &from->fpu);
	if (error)
		return error;
	error = env_alloc(&e, curenv->env_id);
	if (error) {
		fpu_forget(&fpu);
		return error;
	}
	to = env_private(e);
	to->fpu = fpu;
	read_fs_gs(&to->segments);
	to->program = from->program;
	to->watches_dirty = from->watches_dirty;
	e->env_tf = curenv->env_tf;
	e->env_tf.tf_regs.reg_eax = 0;
	*store = e;
	return 0;
}

/*
 * Allocate the page at va of a segment, whose bytes [start, end) will be filled.
 * All others are cleared. Returns NULL if there is no memory.
 */
static struct PageInfo *
user_page(uintptr_t va, uintptr_t start, uintptr_t end)
{
	struct PageInfo *pp = page_alloc(0);
	uintptr_t first = MAX(va, start), last = MIN(va + PGSIZE, end);
	char *kva;

	if (!pp)
		return NULL;
	kva = page2kva(pp);
	if (first >= last)
		first = last = va;
	memset(kva, 0, first - va);
	memset(kva + (last - va), 0, va + PGSIZE - last);
	return pp;
}

/*
 * Map user pages in [va, va + len) where none are mapped yet. With PTE_W in
 * perm, make all of them writable. Their first `filled` bytes are left for the
 * caller to fill. Returns 0, or -E_NO_MEM with some mapped.
 */
static int
user_pages(struct Env *e, uintptr_t va, size_t len, size_t filled, int perm)
{
	uintptr_t at = ROUNDDOWN(va, PGSIZE), stop = va + len;
	struct PageInfo *pp;
	pte_t *pte;

	for (; at < stop; at += PGSIZE) {
		if (page_lookup(e->env_pgdir, (void *)at, &pte)) {
			*pte |= perm & PTE_W;
			continue;
		}
		pp = user_page(at, va, va + filled);
		if (!pp)
			return -E_NO_MEM;
		if (page_insert(e->env_pgdir, pp, (void *)at,
				perm | PTE_U) < 0) {
			page_free(pp);
			return -E_NO_MEM;
		}
		/* It may leave memory later. */
		if (unlikely(resident_listing))
			resident_add(pp - pages, where_of(env_slot(e), at));
	}
	return 0;
}

/* Copy len bytes to va in e, through the window. => The pages are mapped. */
static void
copy_in(struct Env *e, uintptr_t va, const char *from, size_t len)
{
	struct PageInfo *pp;
	size_t n;

	for (; len; va += n, from += n, len -= n) {
		n = MIN(len, PGSIZE - va % PGSIZE);
		pp = page_lookup(e->env_pgdir, (void *)va, NULL);
		memcpy((char *)page2kva(pp) + va % PGSIZE, from, n);
	}
}

/*
 * Map the pages of a segment without loading them: first_page is the number of
 * the page at address 0. Returns 0, or -E_NO_MEM with some mapped.
 */
static int
file_pages(struct Env *e, const struct Proghdr *ph, uint32_t first_page)
{
	uintptr_t va = ROUNDDOWN(ph->p_va, PGSIZE), stop = ph->p_va + ph->p_memsz;
	pte_t *pte;

	for (; va < stop; va += PGSIZE) {
		pte = pgdir_walk(e->env_pgdir, (void *)va, 1);
		if (!pte)
			return -E_NO_MEM;
		*pte |= (first_page + PGNUM(va)) << PGSHIFT | PTE_FILE | PTE_U
			| (ph->p_flags & ELF_PROG_FLAG_WRITE ? PTE_W : 0);
	}
	return 0;
}

/* Map a writable page of zeroes at va, without allocating it. */
static int
zero_page(struct Env *e, uintptr_t va)
{
	pte_t *pte = pgdir_walk(e->env_pgdir, (void *)va, 1);

	if (!pte)
		return -E_NO_MEM;
	*pte = FILEPAGE_ZERO << PGSHIFT | PTE_FILE | PTE_U | PTE_W;
	return 0;
}

/* Load a segment now. Returns 0, or -E_NO_MEM with some of it mapped. */
static int
load_segment(struct Env *e, const struct Proghdr *ph, const void *binary)
{
	int error = user_pages(e, ph->p_va, ph->p_memsz, ph->p_filesz,
			       ph->p_flags & ELF_PROG_FLAG_WRITE ? PTE_W : 0);

	if (!error)
		copy_in(e, ph->p_va, (const char *)binary + ph->p_offset,
			ph->p_filesz);
	return error;
}

/* Load a file that elf_refusal accepted. Fails only for lack of memory. */
static int
load_icode(struct Env *e, const void *binary)
{
	uint32_t first_page;
	bool later = demand_loading && !hooks.checking
		&& filepage_find(binary, &first_page);
	struct Proghdr ph;
	unsigned i = 0;
	int error = 0;

	while (!error && elf_segment(binary, &i, &ph))
		error = later ? file_pages(e, &ph, first_page)
			: load_segment(e, &ph, binary);
	env_private(e)->unloaded = later;
	if (!error)
		error = later ? zero_page(e, USTACKTOP - PGSIZE)
			: user_pages(e, USTACKTOP - PGSIZE, PGSIZE, 0, PTE_W);
	e->env_tf.tf_eip = elf_entry(binary);
	return error;
}

int
env_create(const void *binary, size_t size, enum EnvType type,
	   struct Env **store)
{
	const char *why = elf_refusal(binary, size);
	struct Env *e;
	int error;

	if (why) {
		if (!hooks.checking)
			cprintf("Not an executable: %s.\n", why);
		return -E_NOT_EXEC;
	}
	error = env_alloc(&e, 0);
	if (error)
		return error;
	error = load_icode(e, binary);
	if (error) {
		env_free(e);
		env_count--;
		return error;
	}
	e->env_type = type;
	env_set_status(e, ENV_RUNNABLE);
	*store = e;
	return 0;
}

/* --- Freeing ----------------------------------------------------------- */

/*
 * Drop everything that the table for [va, va + PTSIZE) maps, and the table. No
 * TLB has these translations: loading another directory has flushed them.
 */
static inline void
drop_entry(pte_t *pte)
{
	struct PageInfo *pp;

	if (!(*pte & PTE_P)) {
		entry_release(*pte);
		return;
	}
	pp = pa2page(PTE_ADDR(*pte));
	if (likely(page_is_plain(pp))) {
		if (--pp->pp_ref == 0)	/* page_decref, without its check */
			page_free(pp);
		return;
	}
	resident_unmapped(pp, pte, *pte);
	page_decref(pp);
}

static void
free_table(struct Env *e, uint32_t pdx)
{
	pte_t *table = KADDR(PTE_ADDR(e->env_pgdir[pdx]));
	uint32_t ptx;

	for (ptx = 0; (ptx = table_next(table, ptx)) < NPTENTRIES; ptx++)
		drop_entry(&table[ptx]);
	e->env_pgdir[pdx] = 0;
	page_decref(pa2page(PADDR(table)));
}

void
env_free(struct Env *e)
{
	struct PageInfo *directory = pa2page(PADDR(e->env_pgdir));
	uint32_t pdx;

	/* Leave a directory before freeing it, whoever has loaded it. */
	if (rcr3() == PADDR(e->env_pgdir))
		lcr3(PADDR(kern_pgdir));
	announce(true, curenv ? curenv->env_id : 0, "free", e->env_id);
	for (pdx = 0; (pdx = table_next(e->env_pgdir, pdx)) < PDX(UTOP); pdx++)
		free_table(e, pdx);
	if (unlikely(resident_env_ended))
		resident_env_ended(env_slot(e));
	wait_forget(e);
	fpu_forget(&env_private(e)->fpu);
	*env_private(e) = (struct EnvPrivate) { .program = NULL };
	env_set_status(e, ENV_FREE);
	/* Users can read envs: clear the registers. */
	e->env_tf = (struct Trapframe) { .tf_eip = 0 };
	e->env_pgdir = NULL;
	page_decref(directory);
	e->env_link = env_free_list;
	env_free_list = e;
}
