#ifndef PAGEWALK_LIB_FORK_H
#define PAGEWALK_LIB_FORK_H

#include <inc/lib.h>
#include <lib/pgfault.h>

/*
 * sfork moves thisenv to this page, which the environments do not share. It is
 * in the table of the stack, as far below it as possible.
 */
#define SFORK_PAGE	ROUNDDOWN(USTACKTOP - PGSIZE, PTSIZE)

/* True if this environment was sforked, or has sforked another. */
static inline bool
is_sforked(void)
{
	return thisenv_at == (const volatile struct Env **)SFORK_PAGE;
}

/*
 * Create a child, and make it runnable once give_memory has succeeded.
 * cow_handler handles the copy-on-write faults of both. Returns as fork does.
 */
envid_t	fork_by(int (*give_memory)(envid_t child),
		pgfault_handler *cow_handler);

/* Give the child all pages below USTACKTOP, by the course kernel's calls. */
int	fork_copy_by_pages(envid_t child);

/* Give the child a copy of our page at va, with permissions perm, at once. */
int	fork_copy_page(envid_t child, uintptr_t va, int perm);

/* End this environment, because there is no frame for a copy of the page. */
void	fork_no_memory(uintptr_t va) NORETURN;

#endif
