#ifndef PAGEWALK_LIB_FORK_H
#define PAGEWALK_LIB_FORK_H

#include <inc/lib.h>
#include <lib/pgfault.h>

/*
 * sfork moves thisenv to this page, of which each environment has a copy. The
 * page is in the table of the stack, as far below it as possible.
 */
#define SFORK_PAGE	ROUNDDOWN(USTACKTOP - PGSIZE, PTSIZE)

/* True if this environment was sforked, or has sforked another. */
static inline bool
is_sforked(void)
{
	return (uintptr_t)thisenv_at == SFORK_PAGE;
}

/*
 * The last child that this environment has forked, or is forking. It is at the
 * lower end of the exception stack, where no frame fits: fork does not share
 * that page, so writing to it costs no copy.
 */
#define LAST_CHILD	((volatile envid_t *)(UXSTACKTOP - PGSIZE))

/*
 * Create a child, and make it runnable once give_memory has succeeded.
 * cow_handler handles the copy-on-write faults of both. Returns as fork does.
 */
envid_t	fork_by(int (*give_memory)(envid_t child),
		pgfault_handler *cow_handler);

/*
 * Return the number of the first page from number n on, and below end, that we
 * have, or end.
 */
uint32_t	fork_next_page(uint32_t n, uint32_t end);

/* Give the child all pages below USTACKTOP, by the course kernel's calls. */
int	fork_copy_by_pages(envid_t child);

/*
 * Map a copy of our page at va in `to`, at va, too, with permissions perm. Uses
 * the page at temp, which is unmapped afterwards.
 */
int	fork_copy_page(void *temp, envid_t to, uintptr_t va, int perm);

/*
 * For temp: PFTEMP in handlers of copy-on-write faults, else FORKTEMP, because
 * such a fault may come in between.
 */
#define FORKTEMP	((char *)PFTEMP - PGSIZE)

/*
 * Handle that there is no frame for a copy of the page at va. In the middle of a
 * fork, end the child, which has frames, and let the fork fail; the write that
 * faulted is tried again. Else end this environment.
 */
void	fork_no_memory(uintptr_t va);

#endif
