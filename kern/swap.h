#ifndef PAGEWALK_KERN_SWAP_H
#define PAGEWALK_KERN_SWAP_H

/*
 * Paging to disk: programs have more memory than the machine has frames.
 *
 * A page is in memory, and all its entries are present, or it is not, and all
 * its entries say where it is (inc/mmu.h).
 */

#include <inc/env.h>
#include <inc/error.h>
#include <inc/trap.h>
#include <kern/mappers.h>
#include <kern/reserve.h>
#include <kern/slot.h>
#include <kern/status.h>
#include <kern/swapstate.h>

/*
 * Look for a swap area, and use it from now on. Prints a line in each case.
 */
void	swap_init(void);

/* --- For system calls and traps ------------------------------------------ */

/* Return the entry for va if the page is not in memory, else NULL. */
static inline pte_t *
absent_page(const pde_t *pgdir, uintptr_t va)
{
	pte_t *pte = swap_on && va < UTOP ? user_entry(pgdir, va) : NULL;

	return pte && *pte && entry_is_absent(*pte) ? pte : NULL;
}

/*
 * Handle a page fault of curenv's at va if it is one on a page that is not in
 * memory: tf's instruction is to be tried again. Returns false if it is another
 * fault. If the page must be waited for, or cannot be had, does not return.
 */
bool	swap_bring_in(struct Trapframe *tf, uintptr_t va, pte_t *pte);

static inline bool
swap_fault(struct Trapframe *tf, uintptr_t va)
{
	pte_t *pte = absent_page(curenv->env_pgdir, va);

	return unlikely(pte) && swap_bring_in(tf, va, pte);
}

/*
 * Bring the page at va of e into memory, for a system call of curenv's. If it
 * must be waited for, does not return: the call is repeated (syscall_repeat).
 * => The call has changed nothing.
 */
void	swap_bring_in_for_call(struct Env *e, uintptr_t va, pte_t *pte);

static inline void
swap_need(struct Env *e, uintptr_t va)
{
	pte_t *pte = absent_page(e->env_pgdir, va);

	if (unlikely(pte))
		swap_bring_in_for_call(e, va, pte);
}

/* The same for all pages in [va, va + len), at most SWAP_NEED_MAX bytes. */
void	swap_need_range(struct Env *e, uintptr_t va, size_t len);
#define SWAP_NEED_MAX	(2 * PGSIZE)

/*
 * A call of curenv's fails with -E_NO_MEM, and has changed nothing. Returns
 * -E_NO_MEM if there is no swap area, or no page can leave memory; else does not
 * return: the call is repeated when there are more free frames.
 */
int32_t	swap_no_memory(void);

/* The result of a call: error, but for -E_NO_MEM as above. */
static inline int32_t
swap_result(int32_t error)
{
	return likely(error != -E_NO_MEM) ? error : swap_no_memory();
}

/* A repeated call of curenv's has ended. */
void	swap_call_ended(void);

/*
 * For a call of curenv's that will need a frame for a program's page: if that
 * would exceed the limit, does not return, like swap_no_memory.
 */
void	swap_wait_for_limit(void);

/*
 * Bring in all pages of curenv's, as far as there is memory: for programs that
 * look for present entries, and take others for empty ones. May make curenv's call
 * again, like swap_need.
 */
void	swap_bring_all(void);

/* Each timer tick; `user`: a program was running. */
void	swap_tick(bool user);

/* --- For the monitor -------------------------------------------------------- */

/* What the monitor shows. */
struct swap_state {
	uint32_t low, high;	/* of the reserve */
	envid_t turn;		/* the environment whose pages stay, or 0 */
};
void	swap_state(struct swap_state *state);

/* True if frame n stays, because the environment that has the turn needs it. */
bool	swap_keeps(ppn_t n);

#endif
