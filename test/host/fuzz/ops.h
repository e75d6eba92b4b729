#ifndef PAGEWALK_TEST_FUZZ_OPS_H
#define PAGEWALK_TEST_FUZZ_OPS_H

/*
 * Operations: decode bytes into one call of the kernel, predict its effect
 * with the model, and compare.
 */

#include "model.h"
#include "mmu.h"

/* The size of every operation, in bytes. */
#define RECORD		12

/* The meaning of the bytes. Not every operation uses all of them. */
struct record {
	uint8_t op, dir, slot, page, low, perm, frame, how;
	uint8_t pa, pa_n, size, size_n;
};
_Static_assert(sizeof(struct record) == RECORD, "a record is bytes");

/*
 * Run one operation and compare. Returns false, with nothing done, if the
 * contract does not define what would happen now.
 */
bool	ops_run(const struct record *r);

/* The last operation and its outcome, as a number below 256. */
extern uint8_t ops_outcome;

/* --- For ops_frame.c and ops_map.c --------------------------------------- */

/* An operation's function. Returns false if it is not applicable now. */
typedef bool op_fn(const struct record *r);

op_fn op_page_alloc, op_page_free, op_page_decref, op_hold, op_hold_many,
	op_release, op_limit_free, op_scribble, op_forget_poison, op_convert;
op_fn op_pgdir_walk, op_page_insert, op_page_lookup, op_page_remove,
	op_boot_map_region, op_mmio_map_region, op_tlb_invalidate, op_access,
	op_lcr3, op_pse, op_plant_pte, op_plant_pde;

/* Fields of record r. */
struct dir *r_dir(const struct record *r);
uint32_t r_va(const struct record *r);
uint32_t r_perm(const struct record *r);
/* A frame, in most cases one that the sequence owns; NULL if it owns none. */
struct PageInfo *r_frame(const struct record *r);

/*
 * Run fn, and check that it panics or that it does not; `name` is the function
 * that it calls. The caller then compares with the model: finish().
 */
void	run(const char *name, void (*fn)(void), bool want_panic);

enum outcome { DONE, NOTHING, PANICKED };
/* Compare everything with the model, and access va. */
void	finish(const char *name, enum outcome outcome);
void	finish_at(const char *name, enum outcome outcome, const struct dir *d,
		  uint32_t va);

/* Names for printing: "f3", "dir1", "PTE_W | PTE_U". */
const char *frame_name(const struct PageInfo *pp);
const char *perm_name(uint32_t perm);
int	dir_number(const struct dir *d);

/* Repair damaged poison, so that only an expected page_alloc panics. */
void	mend_poison(void);

#endif
