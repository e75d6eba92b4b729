#ifndef PAGEWALK_TEST_FUZZ_MODEL_H
#define PAGEWALK_TEST_FUZZ_MODEL_H

/*
 * The expected state: for each frame, its state, count and use; for each
 * directory, the mapping of every page of the 4 GiB. Simple arrays, updated
 * according to the contracts in kern/pmap.h and kern/page.h.
 */

#include "machine.h"

#define DIRS	3

/* How a directory maps 4 MiB. */
enum slot {
	SLOT_NONE,		/* no table; pde[] has what is there instead */
	SLOT_TABLE,
	SLOT_LARGE,
	SLOT_FOREIGN,		/* planted: leads outside the window */
	SLOT_SELF,		/* the directory itself */
};

struct dir {
	pde_t *pgdir;
	enum slot slot[NPDENTRIES];
	uint32_t pde[NPDENTRIES];	/* without A and D */
	uint16_t tables[NPDENTRIES];	/* the slots that are SLOT_TABLE */
	int ntables;
};

/* The page table in a frame. */
struct table {
	uint32_t pte[NPTENTRIES];	/* without A and D */
	bool inserted[NPTENTRIES];	/* by page_insert: counted */
};

/* The use of a used frame. */
enum use {
	USE_NONE,
	USE_USER,		/* the sequence has it from page_alloc */
	USE_TABLE,
	USE_DIR,
};

struct model {
	uint8_t state[RAM_FRAMES];	/* PG_* */
	uint8_t use[RAM_FRAMES];
	uint16_t ref[RAM_FRAMES];
	uint16_t holds[RAM_FRAMES];	/* of ref, those not from mappings */
	bool hidden[RAM_FRAMES];	/* free, but taken off the list */
	struct PageInfo *hidden_list;
	bool scribbled[RAM_FRAMES];	/* its poison was damaged */
	uint32_t name[RAM_FRAMES];	/* f1, f2, ... */
	uint32_t names;
	ppn_t user[RAM_FRAMES];		/* the frames that are USE_USER */
	int nuser;
	int nfree;			/* on the list */
	struct dir dir[DIRS];
	int ndirs;
	uint32_t mmio_next;
};

extern struct model model;
/* The tables, by their frame. */
extern struct table model_tables[RAM_FRAMES];

/* Bits that the processor sets. */
#define AD	(PTE_A | PTE_D)

void	model_reset(void);

/* Set each frame's state after page_init; next is boot_alloc(0). */
void	model_boot(const struct boot *boot, physaddr_t next);

/* Add a directory that maps nothing except itself. */
void	model_add_dir(pde_t *pgdir);

/* Allocate a frame, drop one of its references, free it. */
void	model_take(ppn_t n, enum use use);
void	model_drop(ppn_t n);
void	model_free(ppn_t n);

/* The entry of the page at va, or 0 if there is no table. */
uint32_t model_entry(const struct dir *d, uint32_t va);

/* True if page_insert has mapped the page. */
bool	model_inserted(const struct dir *d, uint32_t va);

void	model_set(struct dir *d, uint32_t va, uint32_t entry, bool inserted);

/*
 * Update the model after the kernel has made a table for slot i, empty or from
 * a large page: take the table's frame from the directory, and check it.
 */
void	model_make_table(struct dir *d, int i, const char *after);

/* The number of tables that boot_map_region needs, and its effect. */
int	model_tables_needed(const struct dir *d, uint32_t va, uint32_t npg,
			    uint32_t pa);
void	model_map(struct dir *d, uint32_t va, uint32_t npg, uint32_t pa,
		  uint32_t perm, const char *after);

/*
 * Compare everything with the model, after a call of that function. With
 * `unchanged`, the free list must have its old order, too.
 */
void	model_check(const char *after, bool unchanged);

/* Check that the contents of users' frames are unchanged. */
void	model_mark_contents(ppn_t n);
void	model_check_contents(ppn_t n, const char *after);

#endif
