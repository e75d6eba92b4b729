#ifndef PAGEWALK_KERN_CHECK_OWN_PAGED_H
#define PAGEWALK_KERN_CHECK_OWN_PAGED_H

/*
 * For checks of paging to disk: the environments of calls.h, whose pages leave
 * memory and come back when the check says so.
 *
 * Between paged_hold and paged_release, only paged_finish ends a transfer.
 */

#include <kern/check/own/calls.h>
#include <kern/check/own/user.h>
#include <kern/policy.h>
#include <kern/resident.h>
#include <kern/slot.h>
#include <kern/swap.h>
#include <kern/swaparea.h>
#include <kern/swapio.h>

/*
 * Keep all interrupts away, also from guarded functions: transfers stay under
 * way. Let them in again.
 */
void	paged_hold(void);
void	paged_release(void);

/* After a check that failed: let them in again, if they are kept away. */
void	paged_let_go(void);

/*
 * Skip the check if programs have pages in memory or slots on disk. Else begin
 * with an empty ring, all slots free, the clock and no limit. From now on, pages
 * enter the ring.
 */
void	paged_begin(void);

/* Free everything. All slots that were free must be free again. */
void	paged_end(void);

/* Let e allocate a page at va by its system call. */
struct PageInfo *paged_new(struct Env *e, uintptr_t va);

/* Return the page of e at va, which must be in memory. */
struct PageInfo *paged_at(const struct Env *e, uintptr_t va);

/* Return the slot that e's entry for va names; it must name one. */
uint32_t paged_slot(const struct Env *e, uintptr_t va);

/* Let the page take the way out, its write perhaps not ended. */
void	paged_start_out(struct PageInfo *pp);

/* Let the kernel note a page that is given to a program, but none enters the ring. */
void	paged_note(void);

/* End all transfers. */
void	paged_finish(void);

/* Both: the page at va of e is on disk afterwards. Returns its slot. */
uint32_t paged_out(struct Env *e, uintptr_t va);

/* Let e fault at va, which must bring the page in. */
void	paged_in(struct Env *e, uintptr_t va);

/*
 * Let e fault at va, as outside of a check: it must wait, and another runs. The
 * transfer stays under way if interrupts are off.
 */
void	paged_wait(struct Env *e, uintptr_t va);

/* Read or write the byte at va as e, which faults if it must. */
uint8_t	paged_read(struct Env *e, uintptr_t va);
void	paged_write(struct Env *e, uintptr_t va, uint8_t value);

/*
 * Start a program as outside of a check: its pages are not loaded. Returns an
 * environment that does not run, and its file.
 */
struct Env *paged_program(const void **binary);

/* Read or write the first byte of a slot, at the disk itself. */
uint8_t	disk_byte(uint32_t slot);
void	disk_set_byte(uint32_t slot, uint8_t value);

/* Let all requests fail, or none. */
void	disk_fails(bool fails);

/* Free the slots with frame 1, which no check uses, and count 1. */
void	paged_give_slots(void);

/* Let a slot be used again that has failed. */
void	paged_mend(uint32_t slot);

/* Return the counts since paged_begin, or since the last call. */
struct swap_counts paged_counts(void);

/* These must be the counts: page_ins, page_outs, dropped. */
#define EXPECT_COUNTS(ins, outs, drops)					\
	do {								\
		struct swap_counts c_ = paged_counts();			\
		EXPECT_EQ(c_.page_ins, ins);				\
		EXPECT_EQ(c_.page_outs, outs);				\
		EXPECT_EQ(c_.dropped, drops);				\
	} while (0)

#endif
