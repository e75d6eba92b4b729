#ifndef PAGEWALK_KERN_USERMEM_H
#define PAGEWALK_KERN_USERMEM_H

#include <inc/env.h>

/*
 * Check that e may access the user memory [va, va + len) with rights perm
 * (PTE_P and PTE_U are added). Returns 0 or -E_FAULT. The first SWAP_NEED_MAX
 * bytes are in memory then; if they must be read from disk, curenv's system call
 * is made again afterwards, and this does not return.
 */
int	user_mem_check(struct Env *e, const void *va, size_t len, int perm);

/*
 * The same, but without waiting for pages on disk: 0 only if all are in memory.
 */
int	user_mem_here(struct Env *e, const void *va, size_t len, int perm);

/* The same as user_mem_check; with -E_FAULT, *bad is the first address that e may not access. */
int	user_mem_find_bad(struct Env *e, const void *va, size_t len, int perm,
			  uintptr_t *bad);

/* The same, but destroy e if it may not; then returns only if e != curenv. */
void	user_mem_assert(struct Env *e, const void *va, size_t len, int perm);

/*
 * Copy from or to user memory of the current address space. Opens SMAP for the
 * copy.
 * => user_mem_check has allowed it.
 */
void	copy_from_user(void *dst, const void *src, size_t len);
void	copy_to_user(void *dst, const void *src, size_t len);

#endif
