#ifndef PAGEWALK_TEST_FUZZ_OPS_H
#define PAGEWALK_TEST_FUZZ_OPS_H

/*
 * Operations: bytes in, one call of the kernel out, predicted by the model
 * before and compared with it afterwards.
 */

#include "model.h"
#include "mmu.h"

/* One operation is this many bytes, whatever it is. */
#define RECORD		12

/* Which byte says what; not every operation looks at all of them. */
struct record {
	uint8_t op, dir, slot, page, low, perm, frame, how;
	uint8_t pa, pa_n, size, size_n;
};
_Static_assert(sizeof(struct record) == RECORD, "a record is bytes");

/*
 * Carry out one operation and compare. Returns false, with nothing done, if it
 * makes no sense now: its contract leaves open what would happen.
 */
bool	ops_run(const struct record *r);

/* What the last operation was and how it ended, as a number below 256. */
extern uint8_t ops_outcome;

/* --- For ops_frame.c and ops_map.c --------------------------------------- */

/* An operation's function; false: it makes no sense now. */
typedef bool op_fn(const struct record *r);

op_fn op_page_alloc, op_page_free, op_page_decref, op_hold, op_hold_many,
	op_release, op_limit_free, op_scribble, op_forget_poison, op_convert;
op_fn op_pgdir_walk, op_page_insert, op_page_lookup, op_page_remove,
	op_boot_map_region, op_mmio_map_region, op_tlb_invalidate, op_access,
	op_lcr3, op_pse, op_plant_pte, op_plant_pde;

/* What record r says. */
struct dir *r_dir(const struct record *r);
uint32_t r_va(const struct record *r);
uint32_t r_perm(const struct record *r);
/* A frame: mostly one that the sequence has; NULL if there is none such. */
struct PageInfo *r_frame(const struct record *r);

/*
 * Run fn, which must panic or must not; `name` is the function that it calls.
 * Afterwards everything must be as the model says, by finish().
 */
void	run(const char *name, void (*fn)(void), bool want_panic);

enum outcome { DONE, NOTHING, PANICKED };
/* Nothing but what the model says; the translation of va is used. */
void	finish(const char *name, enum outcome outcome);
void	finish_at(const char *name, enum outcome outcome, const struct dir *d,
		  uint32_t va);

/* Names for what is printed: "f3", "dir1", "PTE_W | PTE_U". */
const char *frame_name(const struct PageInfo *pp);
const char *perm_name(uint32_t perm);
int	dir_number(const struct dir *d);

/* Damaged poison would make any page_alloc panic: only where it is wanted. */
void	mend_poison(void);

#endif
