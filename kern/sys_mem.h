#ifndef PAGEWALK_KERN_SYS_MEM_H
#define PAGEWALK_KERN_SYS_MEM_H

/*
 * System calls on memory. An environment is the caller or one of its children,
 * else the result is -E_BAD_ENV; then come -E_INVAL and -E_NO_MEM, in this
 * order. A call that fails has changed nothing.
 *
 * va must be page-aligned and below UTOP, and perm must have PTE_P and PTE_U, and
 * nothing beyond PTE_SYSCALL, else -E_INVAL.
 */

#include <inc/memlayout.h>

struct Env;

/* Map a cleared page at va. A page that is mapped there is unmapped first. */
int32_t	sys_page_alloc(uint32_t id, uintptr_t va, uint32_t perm);

/*
 * Map the page at srcva of one environment at dstva of another. Also -E_INVAL if
 * there is no page, or if perm has PTE_W and it is mapped read-only.
 */
int32_t	sys_page_map(uint32_t src, uintptr_t srcva, uint32_t dst,
		     uintptr_t dstva, uint32_t perm);

/* Unmap the page at va, if there is one. */
int32_t	sys_page_unmap(uint32_t id, uintptr_t va);

/*
 * Map the caller's pages in [start, end) in another environment, copy-on-write:
 * see cow_share (kern/cow.h). end may be UTOP. -E_INVAL for itself.
 */
int32_t	sys_cow_range(uint32_t dst, uintptr_t start, uintptr_t end);

/* End the sharing of the caller's copy-on-write page that va is in. */
int32_t	sys_cow_page(uintptr_t va);

/* True if a page can be at va; if a page can have these permissions. */
static inline bool
page_va_valid(uintptr_t va)
{
	return va < UTOP && va % PGSIZE == 0;
}

static inline bool
page_perm_valid(uint32_t perm)
{
	return (perm & (PTE_P | PTE_U)) == (PTE_P | PTE_U)
		&& !(perm & ~PTE_SYSCALL);
}

/*
 * Return the page at va of an environment, to be mapped elsewhere with
 * permissions perm; NULL if va or perm is not valid, if there is no page, or if
 * perm has PTE_W and the page is mapped read-only.
 */
struct PageInfo *page_to_share(struct Env *from, uintptr_t va,
			       uint32_t perm);

#endif
