/*
 * Copy-on-write: address spaces share a page until one of them writes to it.
 *
 * A shared page is mapped without PTE_W and with PTE_COW, which the processor
 * ignores. The write faults, and the program's handler asks for a copy. The
 * frame's reference count tells whether the page is still shared: the last one
 * to map it takes it without a copy.
 *
 * Programs can do the same with sys_page_map, a page at a time. Here, one call
 * shares a whole range, and one call ends the sharing of a page.
 *
 * Not its job: which environments (sys_mem.c).
 */

#include <inc/error.h>
#include <inc/string.h>
#include <inc/x86.h>
#include <kern/cow.h>
#include <kern/pmap.h>
#include <kern/resident.h>
#include <kern/slot.h>

/* Sharing the pages in [start, end) of one directory with another. */
struct sharing {
	pde_t *from, *to;
	uintptr_t start, end;
	/* A bit for each table that had to be made. */
	uint32_t made[NPDENTRIES / 32];
};

/* The part of the range that is in the table of pdx, as entries. */
static uint32_t
first_in_table(const struct sharing *s, uint32_t pdx)
{
	return pdx == PDX(s->start) ? PTX(s->start) : 0;
}

static uint32_t
limit_in_table(const struct sharing *s, uint32_t pdx)
{
	return pdx == PDX(s->end) ? PTX(s->end) : NPTENTRIES;
}

/*
 * Return the table of `to` for pdx, or NULL if there is no memory for it. A new
 * one is empty.
 */
static pte_t *
table_to_fill(struct sharing *s, uint32_t pdx)
{
	if (!(s->to[pdx] & PTE_P))
		s->made[pdx / 32] |= 1U << pdx % 32;
	return pgdir_walk(s->to, PGADDR(pdx, 0, 0), 1);
}

/* True if an entry has a page, in memory or not. */
static inline bool
in_use(pte_t entry)
{
	return (entry & PTE_P) || entry_is_absent(entry);
}

/* Count one more entry for the page of an entry, in memory or not. */
static bool
count_entry(pte_t entry)
{
	struct PageInfo *pp;

	if (unlikely(!(entry & PTE_P)))
		return (entry & PTE_FILE) || slot_get(PGNUM(entry));
	pp = pa2page(PTE_ADDR(entry));
	if (pp->pp_ref == UINT16_MAX)
		return false;
	pp->pp_ref++;
	return true;
}

/*
 * Map the page of *from, in memory or not, in the empty entry *to. An entry in
 * `to` has PTE_A if, and only if, the page was writable before: that saves the
 * processor setting it, and tells restore what to put back. PTE_D tells that
 * PTE_COW was set, too.
 */
static int
share_page(pte_t *from, pte_t *to)
{
	pte_t pte = *from & (PTE_ADDR(~0U) | PTE_SYSCALL | PTE_FILE);

	if (unlikely(*to) && in_use(*to))
		return -E_INVAL;
	if (unlikely(!count_entry(*from)))
		return -E_NO_MEM;
	/* Each loads a page of a file for itself. */
	if (unlikely((pte & (PTE_P | PTE_FILE)) == PTE_FILE)) {
		*to = pte;
		return 0;
	}
	if ((pte & PTE_W) && !(pte & PTE_SHARE)) {
		*from = (*from & ~PTE_W) | PTE_COW;
		pte = (pte & ~PTE_W) | PTE_A | (pte & PTE_COW ? PTE_D : 0)
			| PTE_COW;
	}
	*to = pte;
	return 0;
}

/* Undo share_page's change of *from. */
static void
restore(pte_t *from, pte_t to)
{
	if ((to & (PTE_A | PTE_COW)) != (PTE_A | PTE_COW))
		return;
	*from |= PTE_W;
	if (!(to & PTE_D))
		*from &= ~PTE_COW;
}

/* Share the pages of the table of pdx. *limit is where it stopped. */
static int
share_table(struct sharing *s, uint32_t pdx, uint32_t *limit)
{
	pte_t *from = KADDR(PTE_ADDR(s->from[pdx])), *to = NULL;
	uint32_t i = first_in_table(s, pdx), stop = limit_in_table(s, pdx);
	int error = 0;

	for (; (i = table_next(from, i)) < stop; i++) {
		if (!in_use(from[i]))
			continue;
		if (!to)
			to = table_to_fill(s, pdx);
		error = to ? share_page(&from[i], &to[i]) : -E_NO_MEM;
		if (error)
			break;
	}
	*limit = MIN(i, stop);
	return error;
}

/* Undo what share_table has done in the table of pdx, up to limit. */
static void
unshare_table(struct sharing *s, uint32_t pdx, uint32_t limit)
{
	pte_t *from = KADDR(PTE_ADDR(s->from[pdx])), *to;
	uint32_t i = first_in_table(s, pdx);

	if (!(s->to[pdx] & PTE_P))
		return;
	to = KADDR(PTE_ADDR(s->to[pdx]));
	for (; (i = table_next(from, i)) < limit; i++) {
		if (!in_use(from[i]))
			continue;
		restore(&from[i], to[i]);
		to[i] = 0;
		if (from[i] & PTE_P)
			page_decref(pa2page(PTE_ADDR(from[i])));
		else
			entry_release(from[i]);
	}
	if (s->made[pdx / 32] & 1U << pdx % 32) {
		s->to[pdx] = 0;
		page_decref(pa2page(PADDR(to)));
	}
}

/* True if a page of the range is mapped in both. */
static bool
overlap(const struct sharing *s, uint32_t stop)
{
	uint32_t pdx = PDX(s->start), i, limit;
	const pte_t *from, *to;

	for (; (pdx = table_next(s->from, pdx)) < stop; pdx++) {
		if (!(s->from[pdx] & s->to[pdx] & PTE_P))
			continue;
		from = KADDR(PTE_ADDR(s->from[pdx]));
		to = KADDR(PTE_ADDR(s->to[pdx]));
		limit = limit_in_table(s, pdx);
		i = first_in_table(s, pdx);
		for (; (i = table_next(from, i)) < limit; i++)
			if (in_use(from[i]) && in_use(to[i]))
				return true;
	}
	return false;
}

bool
cow_overlap(pde_t *from, pde_t *to, uintptr_t start, uintptr_t end)
{
	const struct sharing s = { .from = from, .to = to, .start = start,
				   .end = end };

	return overlap(&s, PDX(end + PTSIZE - PGSIZE));
}

/* Undo what cow_share has done, up to limit in the table of pdx. */
static void
unshare(struct sharing *s, uint32_t pdx, uint32_t limit)
{
	unshare_table(s, pdx, limit);
	while (pdx-- > PDX(s->start))
		if (s->from[pdx] & PTE_P)
			unshare_table(s, pdx, limit_in_table(s, pdx));
}

int
cow_share(pde_t *from, pde_t *to, uintptr_t start, uintptr_t end)
{
	struct sharing s = { .from = from, .to = to, .start = start,
			     .end = end };
	uint32_t pdx = PDX(start), stop = PDX(end + PTSIZE - PGSIZE), limit = 0;
	int error = 0;

	for (; (pdx = table_next(from, pdx)) < stop; pdx++) {
		error = share_table(&s, pdx, &limit);
		if (error)
			break;
	}
	if (error) {
		unshare(&s, pdx, limit);
		/* -E_INVAL comes before -E_NO_MEM, wherever they are. */
		if (overlap(&s, stop))
			error = -E_INVAL;
	}
	/* Some pages of the current address space are not writable now. */
	lcr3(rcr3());
	return error;
}

int
cow_copy(pde_t *pgdir, uintptr_t va)
{
	struct PageInfo *old, *new;
	pte_t *pte;
	int perm;

	old = page_lookup(pgdir, (void *)va, &pte);
	if (!old || !(*pte & PTE_COW))
		return -E_INVAL;
	perm = (*pte & PTE_SYSCALL & ~PTE_COW) | PTE_W;
	if (old->pp_ref == 1) {
		resident_unmapped(old, NULL, *pte);
		*pte = page2pa(old) | perm;
		tlb_invalidate(pgdir, (void *)va);
		return 0;
	}
	new = page_alloc(0);
	if (!new)
		return -E_NO_MEM;
	memcpy(page2kva(new), page2kva(old), PGSIZE);
	/* The table exists, and the frame is new: this cannot fail. */
	page_insert(pgdir, new, (void *)va, perm);
	return COW_COPIED;
}
