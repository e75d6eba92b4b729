/*
 * Finding the mappings of a frame.
 *
 * A frame's count tells how many there are. Most have one, and its record knows
 * the place. For the others, relatives by fork have the page at the same
 * address: look there in each environment first. Only pages that messages have
 * brought to another address need a search of all tables.
 *
 * A list of mappings for each frame would make this search unnecessary, and
 * page_insert and page_remove slower by a quarter: they would add to the list and
 * search in it, for every page, whether memory is short or not. The search costs
 * about 8 instructions for an environment and address, and 1 for an entry when
 * all tables are searched; a page with one mapping, none.
 */

#include <inc/assert.h>
#include <kern/mappers.h>
#include <kern/pmap.h>

/* A search under way. */
struct search {
	uint32_t bits, left;
	mapper_fn *fn;
	void *arg;
};

pde_t *
where_pgdir(uint32_t where)
{
	const struct Env *e = &envs[where_slot(where)];

	return e->env_status == ENV_FREE ? NULL : e->env_pgdir;
}

static inline bool
matches(const pte_t *pte, uint32_t bits)
{
	/* An entry of 0 names slot 0, which no search is for. */
	return (*pte & MAPPER_BITS) == bits;
}

static inline void
found(struct search *s, pte_t *pte, uint32_t where)
{
	s->left--;
	s->fn(pte, where, s->arg);
}

/*
 * Look at the same address in all environments. An entry that fn has changed
 * matches no longer, and one that it leaves is skipped by search_all.
 */
static void
search_address(struct search *s, uintptr_t va)
{
	uint32_t n;
	pde_t *pgdir;
	pte_t *pte;

	for (n = 0; n < NENV && s->left; n++) {
		pgdir = where_pgdir(where_of(n, va));
		if (!pgdir)
			continue;
		pte = user_entry(pgdir, va);
		if (pte && matches(pte, s->bits))
			found(s, pte, where_of(n, va));
	}
}

/* Look at all other addresses in one environment. */
static void
search_env(struct search *s, uint32_t n, uintptr_t except)
{
	pde_t *pgdir = where_pgdir(where_of(n, 0));
	uint32_t pdx, ptx;
	uintptr_t va;
	pte_t *table;

	for (pdx = 0; (pdx = table_next(pgdir, pdx)) < PDX(UTOP); pdx++) {
		table = user_entry(pgdir, (uintptr_t)PGADDR(pdx, 0, 0));
		for (ptx = 0; s->left
		     && (ptx = table_next(table, ptx)) < NPTENTRIES; ptx++) {
			va = (uintptr_t)PGADDR(pdx, ptx, 0);
			if (va != except && matches(&table[ptx], s->bits))
				found(s, &table[ptx], where_of(n, va));
		}
	}
}

uint32_t
mappers_visit(uint32_t bits, uint32_t where, uint32_t count, mapper_fn *fn,
	      void *arg)
{
	struct search s = { .bits = bits, .left = count, .fn = fn, .arg = arg };
	uintptr_t va = where_va(where);
	pde_t *pgdir;
	pte_t *pte;
	uint32_t n;

	if (count == 1 && (pgdir = where_pgdir(where))
	    && (pte = user_entry(pgdir, va)) && matches(pte, bits)) {
		fn(pte, where, arg);
		return 1;
	}
	search_address(&s, va);
	for (n = 0; n < NENV && s.left; n++)
		if (where_pgdir(where_of(n, 0)))
			search_env(&s, n, va);
	return count - s.left;
}

/* Remember an entry as that of a frame's record. */
static void
remember(pte_t *pte, uint32_t where, void *arg)
{
	struct resident *r = arg;

	r->pte = pte;
	r->where = where;
}

pte_t *
mappers_search_one(ppn_t n)
{
	struct resident *r = resident_at(n);

	mappers_visit(maps_frame(n), r->where, 1, remember, r);
	assert(r->pte != &no_entry);
	return r->pte;
}
