/*
 * System calls on memory: programs map, share and unmap their own pages and
 * those of their children.
 */

#include <inc/error.h>
#include <kern/cow.h>
#include <kern/env.h>
#include <kern/swap.h>
#include <kern/sys_mem.h>

/* page_to_share, if the page is not in memory, or may not be shared so. */
static SLOW_PATH struct PageInfo *
absent_to_share(struct Env *from, uintptr_t va, uint32_t perm)
{
	pte_t *pte = absent_page(from->env_pgdir, va);

	if (!pte || (*pte & perm & PTE_W) != (perm & PTE_W))
		return NULL;
	swap_need(from, va);
	return pa2page(PTE_ADDR(*pte));
}

struct PageInfo *
page_to_share(struct Env *from, uintptr_t va, uint32_t perm)
{
	const uint32_t needed = PTE_P | (perm & PTE_W);
	pte_t *pte;

	if (!page_va_valid(va) || !page_perm_valid(perm))
		return NULL;
	pte = pgdir_walk(from->env_pgdir, (void *)va, 0);
	if (!pte || unlikely((*pte & needed) != needed))
		return absent_to_share(from, va, perm);
	return pa2page(PTE_ADDR(*pte));
}

int32_t
sys_page_alloc(uint32_t id, uintptr_t va, uint32_t perm)
{
	struct PageInfo *pp;
	struct Env *e = env_find_own(id);

	if (!e)
		return -E_BAD_ENV;
	if (!page_va_valid(va) || !page_perm_valid(perm))
		return -E_INVAL;
	if (unlikely(swap_limit))
		swap_wait_for_limit();
	pp = swap_may_give(e, va) ? page_alloc(ALLOC_ZERO) : NULL;
	if (!pp)
		return swap_no_memory();
	if (page_insert(e->env_pgdir, pp, (void *)va, perm) < 0) {
		page_free(pp);
		return swap_no_memory();
	}
	swap_page_given(e, va);
	return 0;
}

int32_t
sys_page_map(uint32_t src, uintptr_t srcva, uint32_t dst, uintptr_t dstva,
	     uint32_t perm)
{
	struct Env *from = env_find_own(src), *to = env_find_own(dst);
	struct PageInfo *pp;

	if (!from || !to)
		return -E_BAD_ENV;
	pp = page_to_share(from, srcva, perm);
	if (!pp || !page_va_valid(dstva))
		return -E_INVAL;
	if (!swap_may_map(to, dstva, pp))
		return swap_no_memory();
	if (unlikely(from == to && srcva == dstva))
		env_private(to)->watches_dirty = true;
	return swap_result(page_insert(to->env_pgdir, pp, (void *)dstva, perm));
}

int32_t
sys_page_unmap(uint32_t id, uintptr_t va)
{
	struct Env *e = env_find_own(id);

	if (!e)
		return -E_BAD_ENV;
	if (!page_va_valid(va))
		return -E_INVAL;
	page_remove(e->env_pgdir, (void *)va);
	return 0;
}

int32_t
sys_cow_range(uint32_t dst, uintptr_t start, uintptr_t end)
{
	struct Env *e = env_find_own(dst);

	if (!e)
		return -E_BAD_ENV;
	if (e == curenv || start > end || end > UTOP
	    || (start | end) % PGSIZE != 0)
		return -E_INVAL;
	if (!swap_may_take())
		return cow_overlap(curenv->env_pgdir, e->env_pgdir, start, end)
			? -E_INVAL : swap_no_memory();
	return swap_result(cow_share(curenv->env_pgdir, e->env_pgdir, start,
				     end));
}

/* cow_copy has failed: bring the page into memory, if that is the reason. */
static SLOW_PATH int32_t
cow_page_again(uintptr_t va, int error)
{
	if (error == -E_INVAL && absent_page(curenv->env_pgdir, va)) {
		swap_need(curenv, va);
		error = cow_copy(curenv->env_pgdir, va);
		if (error == COW_COPIED) {
			swap_page_given(curenv, va);
			return 0;
		}
	}
	return swap_result(error);
}

/* True if a copy of the page at va takes a frame, which is for others. */
static SLOW_PATH bool
may_not_copy(uintptr_t va)
{
	pte_t *pte;
	struct PageInfo *pp = va < UTOP
		? page_lookup(curenv->env_pgdir, (void *)va, &pte) : NULL;

	return pp && (*pte & PTE_COW) && pp->pp_ref > 1
		&& !swap_look_for_page(curenv, va);
}

int32_t
sys_cow_page(uintptr_t va)
{
	int error;

	if (unlikely(resident_listing) && may_not_copy(va))
		return swap_no_memory();
	error = va < UTOP ? cow_copy(curenv->env_pgdir, va) : -E_INVAL;
	if (error == 0)
		return 0;
	if (unlikely(error < 0))
		return cow_page_again(va, error);
	swap_page_given(curenv, va);
	return 0;
}
