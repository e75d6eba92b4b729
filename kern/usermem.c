/*
 * Kernel access to user memory: check the tables, then copy with SMAP open.
 *
 * Nothing changes the tables between check and copy: the kernel is not
 * interrupted, and there is one processor.
 */

#include <inc/error.h>
#include <inc/string.h>
#include <inc/x86.h>
#include <kern/dev/console.h>
#include <kern/cpuid.h>
#include <kern/pmap.h>
#include <kern/sched.h>
#include <kern/swap.h>
#include <kern/usermem.h>

/*
 * True if directory and table both grant perm at va. A page that is not in memory
 * has its permissions, except PTE_P, in its entry.
 */
static bool
allows(pde_t *pgdir, uintptr_t va, uint32_t perm)
{
	pte_t *pte;

	if (va >= ULIM || (pgdir[PDX(va)] & perm) != perm)
		return false;
	pte = pgdir_walk(pgdir, (void *)va, 0);
	return pte && ((*pte & perm) == perm
		       || (entry_is_absent(*pte)
			   && ((*pte | PTE_P) & perm) == perm));
}

int
user_mem_find_bad(struct Env *e, const void *va, size_t len, int perm,
		  uintptr_t *bad)
{
	uintptr_t at = (uintptr_t)va, last = at + len - 1;

	perm |= PTE_P | PTE_U;
	if (!len)
		return 0;
	/* A range that wraps reaches ULIM first. */
	if (last < at)
		last = UINT32_MAX;
	for (;;) {
		/*
		 * Users may read `pages` and `envs` above UTOP; system calls
		 * do not accept such pointers.
		 */
		if (at >= UTOP || !allows(e->env_pgdir, at, perm))
			break;
		if (last - at < PGSIZE - at % PGSIZE)
			return 0;
		at += PGSIZE - at % PGSIZE;
	}
	*bad = at;
	return -E_FAULT;
}

int
user_mem_check(struct Env *e, const void *va, size_t len, int perm)
{
	uintptr_t bad;

	if (user_mem_find_bad(e, va, len, perm, &bad) < 0)
		return -E_FAULT;
	swap_need_range(e, (uintptr_t)va, len);
	return 0;
}

int
user_mem_here(struct Env *e, const void *va, size_t len, int perm)
{
	uintptr_t bad, at;

	if (user_mem_find_bad(e, va, len, perm, &bad) < 0)
		return -E_FAULT;
	for (at = (uintptr_t)va; at - (uintptr_t)va < len;
	     at = ROUNDDOWN(at, PGSIZE) + PGSIZE)
		if (absent_page(e->env_pgdir, at))
			return -E_FAULT;
	return 0;
}

void
user_mem_assert(struct Env *e, const void *va, size_t len, int perm)
{
	uintptr_t bad;

	if (user_mem_find_bad(e, va, len, perm, &bad) == 0) {
		swap_need_range(e, (uintptr_t)va, len);
		return;
	}
	cons_fresh_line();
	cprintf("[%08x] user_mem_check assertion failure for va %08x\n",
		e->env_id, bad);
	env_destroy(e);
}

/* --- Copying ----------------------------------------------------------- */

static void
copy_opened(void *dst, const void *src, size_t len)
{
	if (cpu_features.smap)
		stac();
	memcpy(dst, src, len);
	if (cpu_features.smap)
		clac();
}

void
copy_from_user(void *dst, const void *src, size_t len)
{
	copy_opened(dst, src, len);
}

void
copy_to_user(void *dst, const void *src, size_t len)
{
	copy_opened(dst, src, len);
}
