/* Operations on tables: pmap.c. */

#include <inc/error.h>
#include <inc/x86.h>
#include <kern/cpuid.h>
#include <kern/pmap.h>

#include "host.h"
#include "ops.h"

/* Arguments and results of the call. */
static struct dir *arg_dir;
static struct PageInfo *arg_pp;
static uint32_t arg_va, arg_pa, arg_size;
static int arg_perm, arg_create;
static pte_t **arg_store;

static pte_t *ret_pte;
static struct PageInfo *ret_pp;
static int ret_error;
static void *ret_va;

static void *
pointer(uint32_t va)
{
	return (void *)(uintptr_t)va;
}

static enum slot
slot_of(const struct dir *d, uint32_t va)
{
	return d->slot[va >> 22];
}

/*
 * The entry for va, in its table or in the directory, that the kernel must
 * find.
 */
static pte_t *
entry_at(const struct dir *d, uint32_t va)
{
	switch (slot_of(d, va)) {
	case SLOT_TABLE:
		return machine_word((d->pde[va >> 22] & 0xFFFFF000U)
				    + (va >> 12 & 0x3FF) * 4);
	case SLOT_SELF:
		return &d->pgdir[va >> 12 & 0x3FF];
	default:
		return &d->pgdir[va >> 22];
	}
}

/* The frame at va in the model, or NULL. */
static struct PageInfo *
frame_mapped(const struct dir *d, uint32_t va)
{
	uint32_t entry = model_entry(d, va);

	if (!(entry & PTE_P) || entry >> 12 >= npages)
		return NULL;
	return &pages[entry >> 12];
}

/*
 * True if boot_map_region has mapped va to a frame that also has references.
 * Removing the page would drop a reference of another mapping. The contracts
 * forbid that, but nothing can detect it.
 */
static bool
miscounted(const struct dir *d, uint32_t va)
{
	struct PageInfo *pp = frame_mapped(d, va);

	return pp && slot_of(d, va) == SLOT_TABLE && !model_inserted(d, va)
		&& model.ref[pp - pages];
}

/* --- pgdir_walk -------------------------------------------------------- */

static void
call_pgdir_walk(void)
{
	ret_pte = pgdir_walk(arg_dir->pgdir, pointer(arg_va), arg_create);
}

bool
op_pgdir_walk(const struct record *r)
{
	struct dir *d = arg_dir = r_dir(r);
	uint32_t va = arg_va = r_va(r);
	enum slot slot = slot_of(d, va);
	bool makes;

	arg_create = r->how & 1;
	if (slot == SLOT_SELF && arg_create)
		return false;
	makes = arg_create && (slot == SLOT_NONE || slot == SLOT_LARGE);
	mend_poison();
	say("pgdir_walk(dir%d, 0x%08x, %d);", dir_number(d), va, arg_create);
	run("pgdir_walk", call_pgdir_walk, slot == SLOT_FOREIGN);
	if (slot == SLOT_FOREIGN) {
		finish_at("pgdir_walk", PANICKED, d, va);
		return true;
	}
	if (makes && model.nfree)
		model_make_table(d, va >> 22, "pgdir_walk");
	else if (makes || slot == SLOT_NONE) {
		if (ret_pte)
			fail("pgdir_walk", "NULL without a table or a frame",
			     "NULL", "%p", (void *)ret_pte);
		finish_at("pgdir_walk", NOTHING, d, va);
		return true;
	}
	if (ret_pte != entry_at(d, va))
		fail("pgdir_walk", "returns the entry for va", "that entry",
		     "%p for %p", (void *)ret_pte, (void *)entry_at(d, va));
	finish_at("pgdir_walk", makes ? DONE : NOTHING, d, va);
	return true;
}

/* --- page_insert ------------------------------------------------------- */

static void
call_page_insert(void)
{
	ret_error = page_insert(arg_dir->pgdir, arg_pp, pointer(arg_va),
				arg_perm);
}

/* True if page_insert must panic. */
static bool
insert_must_panic(const struct dir *d, const struct PageInfo *pp, uint32_t va)
{
	struct PageInfo *old = frame_mapped(d, va);

	return model.state[pp - pages] != PG_USED
		|| slot_of(d, va) == SLOT_LARGE
		|| (old && model.ref[old - pages] == 0);
}

static bool
insert_fails(const struct dir *d, const struct PageInfo *pp, uint32_t va)
{
	if (model_inserted(d, va) && frame_mapped(d, va) == pp)
		return false;
	return model.ref[pp - pages] == UINT16_MAX
		|| (slot_of(d, va) == SLOT_NONE && !model.nfree);
}

/* Update the model after a successful page_insert. */
static void
inserted(struct dir *d, struct PageInfo *pp, uint32_t va)
{
	struct PageInfo *old = NULL;

	if (slot_of(d, va) == SLOT_NONE)
		model_make_table(d, va >> 22, "page_insert");
	else if (model_inserted(d, va))
		old = frame_mapped(d, va);
	model.ref[pp - pages]++;
	if (old)
		model_drop(old - pages);
	model_set(d, va, (uint32_t)(pp - pages) << 12 | arg_perm | PTE_P, true);
}

bool
op_page_insert(const struct record *r)
{
	struct dir *d = arg_dir = r_dir(r);
	uint32_t va = arg_va = r_va(r);
	struct PageInfo *pp = arg_pp = r_frame(r), *old;
	enum outcome outcome;
	bool panics, fails;

	if (!pp || slot_of(d, va) == SLOT_SELF || miscounted(d, va))
		return false;
	/* The contract does not allow mapping tables and directories. */
	if (model.state[pp - pages] == PG_USED
	    && model.use[pp - pages] != USE_USER)
		return false;
	panics = insert_must_panic(d, pp, va);
	fails = !panics && insert_fails(d, pp, va);
	if (slot_of(d, va) == SLOT_FOREIGN && !panics && fails)
		return false;
	panics |= slot_of(d, va) == SLOT_FOREIGN;
	old = model_inserted(d, va) ? frame_mapped(d, va) : NULL;
	if (old && !panics && !fails)
		model_check_contents(old - pages, "page_insert");

	arg_perm = r_perm(r);
	mend_poison();
	say("page_insert(dir%d, %s, 0x%08x, %s);", dir_number(d),
	    frame_name(pp), va, perm_name(arg_perm));
	run("page_insert", call_page_insert, panics);
	outcome = panics ? PANICKED : fails ? NOTHING : DONE;
	if (!panics && ret_error != (fails ? -E_NO_MEM : 0))
		fail("page_insert", "returns 0 or -E_NO_MEM",
		     fails ? "-E_NO_MEM" : "0", "%d", ret_error);
	if (outcome == DONE)
		inserted(d, pp, va);
	finish_at("page_insert", outcome, d, va);
	return true;
}

/* --- page_lookup, page_remove ------------------------------------------ */

static void
call_page_lookup(void)
{
	ret_pp = page_lookup(arg_dir->pgdir, pointer(arg_va), arg_store);
}

bool
op_page_lookup(const struct record *r)
{
	struct dir *d = arg_dir = r_dir(r);
	uint32_t va = arg_va = r_va(r);
	struct PageInfo *pp = frame_mapped(d, va);
	pte_t sentinel, *store = &sentinel, *want = pp ? entry_at(d, va)
		: &sentinel;

	arg_store = r->how & 1 ? &store : NULL;
	say("page_lookup(dir%d, 0x%08x, %s);", dir_number(d), va,
	    arg_store ? "&pte" : "NULL");
	run("page_lookup", call_page_lookup, false);
	if (ret_pp != pp)
		fail("page_lookup", "the frame mapped at va, or NULL",
		     "the model's frame", "%s, model: %s",
		     ret_pp ? frame_name(ret_pp) : "NULL",
		     pp ? frame_name(pp) : "NULL");
	if (arg_store && store != want)
		fail("page_lookup", "*pte_store is the entry, or left alone",
		     "the entry if a frame was found", "%p for %p",
		     (void *)store, (void *)want);
	finish_at("page_lookup", NOTHING, d, va);
	return true;
}

static void
call_page_remove(void)
{
	page_remove(arg_dir->pgdir, pointer(arg_va));
}

bool
op_page_remove(const struct record *r)
{
	struct dir *d = arg_dir = r_dir(r);
	uint32_t va = arg_va = r_va(r);
	struct PageInfo *pp = frame_mapped(d, va);
	bool ours = model_inserted(d, va), panics, absent;

	if (slot_of(d, va) == SLOT_SELF || miscounted(d, va))
		return false;
	panics = slot_of(d, va) == SLOT_LARGE || (pp && !ours);
	/* The page is not in memory: its entry is cleared, too. */
	absent = slot_of(d, va) == SLOT_TABLE && model_entry(d, va)
		&& !(model_entry(d, va) & PTE_P);
	if (ours && pp)
		model_check_contents(pp - pages, "page_remove");
	say("page_remove(dir%d, 0x%08x);", dir_number(d), va);
	run("page_remove", call_page_remove, panics);
	if (ours) {
		model_set(d, va, 0, false);
		model_drop(pp - pages);
	} else if (absent)
		model_set(d, va, 0, false);
	finish_at("page_remove", panics ? PANICKED : ours || absent ? DONE
		  : NOTHING, d, va);
	return true;
}

/* --- Regions ----------------------------------------------------------- */

static void
call_boot_map_region(void)
{
	boot_map_region(arg_dir->pgdir, arg_va, arg_size, arg_pa, arg_perm);
}

/* The physical address for a region. */
static uint32_t
region_pa(const struct record *r, uint32_t va)
{
	uint32_t n = r->pa_n;

	switch (r->pa % 8) {
	case 0: return n * PGSIZE;
	case 1: return (n % 64) * PTSIZE + va % PTSIZE;
	case 2: return 0xFE000000U + n * PGSIZE;
	case 3: return 0U - (n + 1) * PGSIZE;
	case 4: return n * PGSIZE + (r->pa & 0x40 ? 1 : 0);
	case 5: return (npages - 1 + n % 3) * PGSIZE;
	case 6: return (n % 5) * PTSIZE + va % PTSIZE;
	default: return 0xFFC00000U + va % PTSIZE;
	}
}

static uint32_t
region_size(const struct record *r, uint32_t va)
{
	uint32_t n = r->size_n;

	switch (r->size % 12) {
	case 0: case 1: return (n % 8) * PGSIZE;
	case 2: return (n % 3 + 1) * PTSIZE;
	case 3: return n * 997 + 1;
	case 4: return 0U - va;			/* up to 4 GiB */
	case 5: return 0U - va + PGSIZE;	/* past 4 GiB */
	case 6: return 0xFFFFFFFFU - n;
	case 7: return PTSIZE + (n % 8) * PGSIZE;
	case 8: return PTSIZE - PGSIZE;
	case 9: return 2 * PTSIZE - va % PTSIZE;
	case 10: return n * 8 * PGSIZE;
	default: return PGSIZE;
	}
}

/* True if the region contains no counted and no planted entries. */
static bool
region_is_clear(const struct dir *d, uint32_t va, uint32_t npg)
{
	for (; npg; npg--, va += PGSIZE)
		if (slot_of(d, va) == SLOT_SELF
		    || slot_of(d, va) == SLOT_FOREIGN || model_inserted(d, va))
			return false;
	return true;
}

bool
op_boot_map_region(const struct record *r)
{
	struct dir *d = arg_dir = r_dir(r);
	uint32_t va, pa, npg;
	bool panics;

	/* Align most regions, many to 4 MiB: unaligned ones panic. */
	va = r_va(r);
	if (r->how & 3)
		va &= ~0xFFFU;
	if (r->how & 4)
		va &= ~0x3FFFFFU;
	pa = region_pa(r, va);
	arg_size = region_size(r, va);
	/* Make some regions that large pages can map. */
	if ((r->how & 0x30) == 0x30) {
		va &= ~0x3FFFFFU;
		pa = r->pa_n % 64 * PTSIZE;
		arg_size = (r->size_n % 2 + 1) * PTSIZE;
	}
	arg_va = va;
	arg_pa = pa;
	arg_perm = r_perm(r) | (r->how & 0x80 ? PTE_PS : 0);
	npg = arg_size / PGSIZE + (arg_size % PGSIZE != 0);
	panics = va % PGSIZE || pa % PGSIZE || npg > 0x100000 - (va >> 12)
		|| npg > 0x100000 - (pa >> 12);
	/* Skip most large regions: they take long and find no more. */
	if (!panics && (npg > 64 * NPTENTRIES || !region_is_clear(d, va, npg)))
		return false;
	panics = panics || model_tables_needed(d, va, npg, pa) > model.nfree;

	mend_poison();
	say("boot_map_region(dir%d, 0x%08x, 0x%x, 0x%08x, %s);", dir_number(d),
	    va, arg_size, pa, perm_name(arg_perm));
	run("boot_map_region", call_boot_map_region, panics);
	if (!panics)
		model_map(d, va, npg, pa, arg_perm, "boot_map_region");
	finish_at("boot_map_region", panics ? PANICKED : DONE, d, va);
	return true;
}

static void
call_mmio_map_region(void)
{
	ret_va = mmio_map_region(arg_pa, arg_size);
}

bool
op_mmio_map_region(const struct record *r)
{
	struct dir *d = &model.dir[0];
	uint32_t va = model.mmio_next, offset, npg = 0;
	uint64_t whole;
	bool ok;

	arg_pa = region_pa(r, va) + (r->how & 1 ? r->low * 16 + 3 : 0);
	arg_size = region_size(r, r->how & 2 ? arg_pa : va);
	offset = arg_pa % PGSIZE;
	whole = ((uint64_t)offset + arg_size + PGSIZE - 1)
		& ~(uint64_t)(PGSIZE - 1);
	ok = arg_size && (uint64_t)arg_pa + arg_size <= (uint64_t)1 << 32
		&& whole <= MMIOLIM - va;
	if (ok) {
		npg = whole / PGSIZE;
		/* Skip if another call has mapped something there. */
		if (!region_is_clear(d, va, npg))
			return false;
		ok = model_tables_needed(d, va, npg, arg_pa - offset)
			<= model.nfree;
	}
	mend_poison();
	say("mmio_map_region(0x%08x, 0x%x);", arg_pa, arg_size);
	run("mmio_map_region", call_mmio_map_region, false);
	if (ret_va != (ok ? pointer(va + offset) : NULL))
		fail("mmio_map_region", "returns where it mapped, or NULL",
		     ok ? "the next free address" : "NULL", "%p", ret_va);
	if (ok) {
		model_map(d, va, npg, arg_pa - offset,
			  PTE_W | PTE_PCD | PTE_PWT, "mmio_map_region");
		model.mmio_next += whole;
	}
	finish_at("mmio_map_region", ok ? DONE : NOTHING, d, va);
	return true;
}

/* --- The processor ----------------------------------------------------- */

static void
call_tlb_invalidate(void)
{
	tlb_invalidate(arg_dir->pgdir, pointer(arg_va));
}

bool
op_tlb_invalidate(const struct record *r)
{
	arg_dir = r_dir(r);
	arg_va = r_va(r);
	mmu_watch(arg_va);
	say("tlb_invalidate(dir%d, 0x%08x);", dir_number(arg_dir), arg_va);
	run("tlb_invalidate", call_tlb_invalidate, false);
	if (!mmu_watched && PADDR(arg_dir->pgdir) == mmu_dir)
		fail("tlb_invalidate", "flushes the TLB",
		     "INVLPG of that page", "none");
	finish_at("tlb_invalidate", NOTHING, arg_dir, arg_va);
	return true;
}

bool
op_access(const struct record *r)
{
	say("*(volatile char *)0x%08x%s;\n", r_va(r), r->how & 1 ? " = 0" : "");
	mmu_access(r_va(r), r->how & 1);
	finish("an access", NOTHING);
	return true;
}

bool
op_lcr3(const struct record *r)
{
	say("lcr3(PADDR(dir%d));\n", dir_number(r_dir(r)));
	lcr3(PADDR(r_dir(r)->pgdir));
	return true;
}

bool
op_pse(const struct record *r)
{
	cpu_features.pse = r->how % 4 != 0;
	say("cpu_features.pse = %d;\n", cpu_features.pse);
	return true;
}

/* Plant an entry that is neither 0 nor present, as for a swapped page. */
bool
op_plant_pte(const struct record *r)
{
	struct dir *d = r_dir(r);
	uint32_t va = r_va(r), value = (uint32_t)(r->perm + 1) << 9;

	if (slot_of(d, va) != SLOT_TABLE || (model_entry(d, va) & PTE_P))
		return false;
	*entry_at(d, va) = value;
	model_set(d, va, value, false);
	say("*pgdir_walk(dir%d, 0x%08x, 0) = 0x%x;\n", dir_number(d), va,
	    value);
	finish_at("an entry without PTE_P", DONE, d, va);
	return true;
}

/* Plant a directory entry that is absent, or points outside the window. */
bool
op_plant_pde(const struct record *r)
{
	struct dir *d = r_dir(r);
	uint32_t va = r_va(r), i = va >> 22, value;

	if (d->slot[i] != SLOT_NONE && d->slot[i] != SLOT_FOREIGN)
		return false;
	value = r->how % 3 == 0 ? 0x40000000U | PTE_P | PTE_W
		: r->how % 3 == 1 ? 0x1000 : 0;
	d->slot[i] = value & PTE_P ? SLOT_FOREIGN : SLOT_NONE;
	d->pde[i] = d->pgdir[i] = value;
	invlpg(pointer(va));
	invlpg(pointer(UVPT + i * PGSIZE));
	say("dir%d[0x%x] = 0x%08x;\n", dir_number(d), i, value);
	finish_at("a directory entry without a table", DONE, d, va);
	return true;
}
