/* Decode operations from bytes; helpers for all of them. */

#include <kern/cpuid.h>

#include "host.h"
#include "ops.h"

uint8_t ops_outcome;

/* The more often an operation is listed, the more often it is chosen. */
static op_fn *const ops[] = {
	op_page_alloc, op_page_alloc, op_page_alloc, op_page_alloc,
	op_page_free, op_page_free, op_page_decref, op_hold, op_hold_many,
	op_release, op_limit_free, op_limit_free, op_scribble,
	op_forget_poison, op_convert,
	op_pgdir_walk, op_pgdir_walk, op_pgdir_walk,
	op_page_insert, op_page_insert, op_page_insert, op_page_insert,
	op_page_insert, op_page_insert, op_page_lookup, op_page_lookup,
	op_page_remove, op_page_remove, op_page_remove,
	op_boot_map_region, op_boot_map_region, op_boot_map_region,
	op_mmio_map_region, op_mmio_map_region, op_tlb_invalidate, op_access,
	op_lcr3, op_pse, op_plant_pte, op_plant_pde,
};
static unsigned current;

bool
ops_run(const struct record *r)
{
	current = r->op % ARRAY_SIZE(ops);
	return ops[current](r);
}

/* --- Decoding a record -------------------------------------------------- */

struct dir *
r_dir(const struct record *r)
{
	return &model.dir[r->dir % model.ndirs];
}

/* The first slot from `slot` on, cyclically, with a large page; else slot. */
static uint32_t
large_from(const struct dir *d, uint32_t slot)
{
	uint32_t i, at;

	for (i = 0; i < NPDENTRIES; i++) {
		at = (slot + i) % NPDENTRIES;
		if (d->slot[at] == SLOT_LARGE)
			return at;
	}
	return slot;
}

uint32_t
r_va(const struct record *r)
{
	/* Few addresses, so that calls meet; and the edges of the regions. */
	static const uint16_t slots[] = {
		0, 1, 2, PDX(UTOP) - 1, 0, 1, 2, PDX(KERNBASE),
		PDX(UPAGES), PDX(UVPT), PDX(MMIOBASE), PDX(MMIOLIM), 2, 3,
		NPDENTRIES - 2, NPDENTRIES - 1,
	};
	static const uint16_t in_table[] = {
		0, 1, 2, 511, 1021, 1022, NPTENTRIES - 1, 0
	};
	static const uint16_t offsets[] = { 0, 0, 0, 0, 0, 1, 0x800, 0xFFF };
	uint32_t slot = slots[r->slot % ARRAY_SIZE(slots)];
	uint32_t page = in_table[r->page % ARRAY_SIZE(in_table)];

	if (r->slot >= 0xF0)
		slot = (r->slot * 64 + r->low) % NPDENTRIES;
	if (r->page >= 0xC0 && r->page < 0xE0)
		slot = large_from(r_dir(r), slot);
	if (r->page >= 0xE0)
		page = (r->page * 32 + r->low) % NPTENTRIES;
	return slot << 22 | page << 12
		| offsets[(r->low >> 5) % ARRAY_SIZE(offsets)];
}

uint32_t
r_perm(const struct record *r)
{
	static const uint32_t bits[] = {
		PTE_W, PTE_U, PTE_PWT, PTE_PCD, PTE_G, 0x200, PTE_SHARE,
		PTE_COW
	};
	uint32_t perm = r->low & 1 ? PTE_P : 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bits); i++)
		if (r->perm >> i & 1)
			perm |= bits[i];
	return perm;
}

/* The n-th frame in this state, from frame `from` on, cyclically. */
static struct PageInfo *
nth_in_state(unsigned state, ppn_t from)
{
	ppn_t i, n;

	for (i = 0; i < npages; i++) {
		n = (from + i) % npages;
		if (model.state[n] == state && model.use[n] != USE_USER)
			return &pages[n];
	}
	return NULL;
}

struct PageInfo *
r_frame(const struct record *r)
{
	uint8_t f = r->frame;

	if (f >= 0xF8)
		return nth_in_state(PG_USED, r->how);	/* a table */
	if (f >= 0xF0)
		return nth_in_state(PG_RESERVED, r->how * 2);
	if (f >= 0xE8)
		return nth_in_state(PG_FREE, r->how * 2);
	if (model.nuser == 0)
		return NULL;
	if (f >= 0x80)		/* one of the last four */
		return &pages[model.user[model.nuser - 1
					 - f % MIN(4, model.nuser)]];
	return &pages[model.user[f % model.nuser]];
}

/* --- Running ----------------------------------------------------------- */

static void
call(void *fn)
{
	(*(void (**)(void))fn)();
}

void
run(const char *name, void (*fn)(void), bool want_panic)
{
	bool panicked;

	panic_text[0] = '\0';
	panicked = attempt(call, &fn);
	if (panicked)
		say("\t/* panics: %s */", panic_text);
	say("\n");
	if (panicked == want_panic)
		return;
	fail(name, want_panic ? "panics for invalid arguments"
	     : "panics only for invalid arguments",
	     want_panic ? "a panic" : "no panic", "%s",
	     panicked ? panic_text : "it returned");
}

void
finish(const char *name, enum outcome outcome)
{
	ops_outcome = current * 4 + outcome;
	model_check(name, outcome != DONE);
	mmu_check(name);
}

void
finish_at(const char *name, enum outcome outcome, const struct dir *d,
	  uint32_t va)
{
	finish(name, outcome);
	if (PADDR(d->pgdir) != mmu_dir)
		return;
	/* The page, and its table through the directory's own entry. */
	mmu_access(va, false);
	mmu_access(UVPT + (va >> 22) * PGSIZE, false);
}

/* --- Names ------------------------------------------------------------- */

const char *
frame_name(const struct PageInfo *pp)
{
	static char name[2][32];
	static int which;
	uintptr_t at = (uintptr_t)pp - (uintptr_t)pages;
	ppn_t n = at / sizeof(*pp);

	which = !which;
	if (at >= npages * sizeof(*pp))
		text(name[which], sizeof(name[0]), "pages + (%lld)",
		     (long long)(intptr_t)at / (int)sizeof(*pp));
	else if (model.use[n] == USE_USER)
		text(name[which], sizeof(name[0]), "f%u", model.name[n]);
	else
		text(name[which], sizeof(name[0]), "&pages[0x%x]", n);
	return name[which];
}

const char *
perm_name(uint32_t perm)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} bits[] = {
		{ PTE_P, "PTE_P" }, { PTE_W, "PTE_W" }, { PTE_U, "PTE_U" },
		{ PTE_PWT, "PTE_PWT" }, { PTE_PCD, "PTE_PCD" },
		{ PTE_PS, "PTE_PS" }, { PTE_G, "PTE_G" }, { 0x200, "0x200" },
		{ PTE_SHARE, "PTE_SHARE" }, { PTE_COW, "PTE_COW" },
	};
	static char name[96];
	size_t i, at = 0;

	for (i = 0; i < ARRAY_SIZE(bits); i++)
		if (perm & bits[i].bit)
			at += text(name + at, sizeof(name) - at, "%s%s",
				   at ? " | " : "", bits[i].name);
	return at ? name : "0";
}

int
dir_number(const struct dir *d)
{
	return d - model.dir;
}
