#ifndef PAGEWALK_KERN_MAPPERS_H
#define PAGEWALK_KERN_MAPPERS_H

/*
 * All entries that map a frame, or name a slot, found by searching the address
 * spaces.
 */

#include <kern/resident.h>

/* What an entry of the wanted kind has in these bits. */
#define MAPPER_BITS	(PTE_ADDR(~0U) | PTE_P | PTE_FILE)

/* The bits of entries that map frame n; of those that name a slot. */
static inline uint32_t
maps_frame(ppn_t n)
{
	return n << PGSHIFT | PTE_P;
}

static inline uint32_t
names_slot(uint32_t slot)
{
	return slot << PGSHIFT;
}

/* Return the entry for va, or NULL without a table. => The entry is no large page. */
static inline pte_t *
user_entry(const pde_t *pgdir, uintptr_t va)
{
	pde_t pde = pgdir[PDX(va)];

	if (!(pde & PTE_P))
		return NULL;
	return (pte_t *)(uintptr_t)(PTE_ADDR(pde) + WINDOW) + PTX(va);
}

typedef void mapper_fn(pte_t *pte, uint32_t where, void *arg);

/*
 * Call fn for each entry that has these bits. There are `count` of them;
 * `where` is the likely place of one (kern/resident.h). fn may change the entry,
 * not the tables. Returns the number found, which differs from count only if the
 * count was wrong.
 */
uint32_t mappers_visit(uint32_t bits, uint32_t where, uint32_t count,
		       mapper_fn *fn, void *arg);

/*
 * Return the entry of one mapping of frame n, which is in the ring, and update
 * its record. => Something maps it.
 */
pte_t	*mappers_search_one(ppn_t n);

static inline pte_t *
mappers_one(ppn_t n)
{
	pte_t *pte = resident_at(n)->pte;

	return likely(pte != &no_entry) ? pte : mappers_search_one(n);
}

/*
 * Call fn for each mapping of frame n, which is in the ring. Costs nothing more if
 * there is one, and its record knows it.
 */
static inline void
mappers_of_frame(ppn_t n, mapper_fn *fn, void *arg)
{
	const struct resident *r = resident_at(n);
	pte_t *pte;

	if (likely(pages[n].pp_ref == 1)) {
		/* First: it may change `where`. */
		pte = mappers_one(n);
		fn(pte, r->where, arg);
	} else
		mappers_visit(maps_frame(n), r->where, pages[n].pp_ref, fn, arg);
}

/* The directory of the environment in a slot; NULL if there is none. */
pde_t	*where_pgdir(uint32_t where);

#endif
