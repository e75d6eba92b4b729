/*
 * Environments and the frames that they map.
 *
 * Follows no pointer of envs without a check: the monitor must survive a broken
 * kernel.
 */

#include <inc/stdio.h>
#include <inc/string.h>
#include <kern/env.h>
#include <kern/kaddr.h>
#include <kern/monitor/mappings.h>
#include <kern/monitor/ready.h>
#include <kern/pmap.h>
#include <kern/program.h>
#include <kern/resident.h>
#include <kern/swap.h>

const struct Env *
next_env(const struct Env *e)
{
	if (!envs_ready())
		return NULL;
	for (e = e ? e + 1 : envs; e < envs + NENV; e++)
		if (e->env_status != ENV_FREE)
			return e;
	return NULL;
}

const pde_t *
env_directory(const struct Env *e)
{
	uintptr_t va = (uintptr_t)e->env_pgdir;

	if (va < KERNBASE || va - KERNBASE >= window_mapped || PGOFF(va))
		return NULL;
	return e->env_pgdir;
}

/* --- Counting ----------------------------------------------------------- */

/* True if the range includes the frame at pa; *va is its address then. */
static bool
range_has(const struct vm_range *r, physaddr_t pa, uintptr_t *va)
{
	*va = r->va + (pa - r->pa);
	return pa >= r->pa && PGNUM(pa - r->pa) < r->npages;
}

/* Add the mapping at va of e. */
static void
add_mapping(struct mappings *m, const struct Env *e, uintptr_t va)
{
	struct vm_walk w;

	vm_walk(env_directory(e), va, &w);
	m->bits |= w.large ? w.pde : w.pte;
	if (m->count++ == 0) {
		m->env = e;
		m->va = va;
	}
}

struct mappings
find_mappings(physaddr_t pa)
{
	struct mappings found = { .count = 0 };
	const struct Env *e;
	const pde_t *pgdir;
	struct vm_range r;
	uint32_t page;
	uintptr_t va;

	for (e = next_env(NULL); e; e = next_env(e)) {
		pgdir = env_directory(e);
		page = 0;
		while (pgdir && vm_next_range(pgdir, &page, PGNUM(UTOP), &r))
			if (range_has(&r, pa, &va))
				add_mapping(&found, e, va);
	}
	return found;
}

struct mappings
find_mapping(physaddr_t pa, uint32_t likely)
{
	const struct Env *e = &envs[where_slot(likely) % NENV];
	uintptr_t va = where_va(likely);
	struct mappings found = { .count = 0 };
	struct vm_walk w;

	if (e->env_status == ENV_FREE || !env_directory(e)
	    || !vm_walk(env_directory(e), va, &w) || PTE_ADDR(w.pa) != pa)
		return find_mappings(pa);
	add_mapping(&found, e, va);
	return found;
}

/* Count the pages of e that are not in memory. */
static void
count_absent(const pde_t *pgdir, struct page_counts *counts)
{
	struct vm_walk w;
	uint32_t pdx, i;
	pte_t pte;

	for (pdx = 0; pdx < PDX(UTOP); pdx++) {
		vm_walk(pgdir, (uintptr_t)PGADDR(pdx, 0, 0), &w);
		for (i = 0; w.ptep && i < NPTENTRIES; i++) {
			pte = w.ptep[i];
			if (!entry_is_absent(pte))
				continue;
			if (pte & PTE_FILE)
				counts->in_file++;
			else
				counts->on_disk++;
		}
	}
}

void
count_pages(const struct Env *e, struct page_counts *counts)
{
	const pde_t *pgdir = env_directory(e);
	uint32_t page = 0, i;
	struct vm_range r;

	*counts = (struct page_counts) { .shared = 0 };
	if (!pgdir)
		return;
	while (vm_next_range(pgdir, &page, PGNUM(UTOP), &r))
		for (i = PGNUM(r.pa); i < PGNUM(r.pa) + r.npages; i++)
			if (i < npages && pages[i].pp_ref > 1)
				counts->shared++;
			else
				counts->private++;
	if (swap_on)
		count_absent(pgdir, counts);
}

/* --- Printing ----------------------------------------------------------- */

void
share_text(const struct vm_walk *w, char *buf, size_t size)
{
	uint32_t n = find_mappings(PTE_ADDR(w->pa)).count;

	buf[0] = '\0';
	if (w->va >= UTOP || w->large)
		return;
	if (w->pte & PTE_COW)
		snprintf(buf, size, n > 1 ? "copy-on-write, shared by %u"
			 : "copy-on-write, shared no longer", n);
	else if (w->pte & PTE_SHARE)
		snprintf(buf, size, "shared (PTE_SHARE) by %u", n);
	else if (n > 1)
		snprintf(buf, size, "shared by %u", n);
}

/*
 * Print each address in the pages [page, limit) at which pgdir maps the frame at
 * pa; whose it is, unless e is NULL. Returns their number.
 */
static uint32_t
print_in(const pde_t *pgdir, const struct Env *e, uint32_t page,
	 uint32_t limit, physaddr_t pa)
{
	struct vm_range r;
	struct vm_walk w;
	char rights[16];
	uint32_t n = 0;
	uintptr_t va;

	while (vm_next_range(pgdir, &page, limit, &r)) {
		if (!range_has(&r, pa, &va))
			continue;
		vm_walk(pgdir, va, &w);
		cprintf("  mapped at 0x%08x  %s", va,
			vm_rights_text(w.rights, rights));
		if (e)
			cprintf("  %08x %s", e->env_id, program_name(e));
		cprintf("%s%s%s\n", w.large ? "  in a 4 MiB page" : "",
			!e || va >= UTOP ? "" : w.pte & PTE_COW
			? "  copy-on-write" : "",
			!e || va >= UTOP ? "" : w.pte & PTE_SHARE
			? "  PTE_SHARE" : "");
		n++;
	}
	return n;
}

/* Return the current directory, or kern_pgdir if that is an environment's. */
static const pde_t *
kernel_directory(void)
{
	const struct Env *e;

	for (e = next_env(NULL); e; e = next_env(e))
		if (env_directory(e) == vm_current())
			return kern_pgdir;
	return vm_current();
}

void
print_mappings(physaddr_t pa)
{
	/* At UVPT, only the tables of the user's part are its own. */
	const struct {
		uint32_t page, limit;
	} own[] = {
		{ 0, PGNUM(UTOP) },
		{ PGNUM(UVPT), PGNUM(UVPT) + PDX(UTOP) },
		{ PGNUM(UVPT) + PDX(UVPT), PGNUM(UVPT) + PDX(UVPT) + 1 },
	};
	const struct Env *e;
	const pde_t *pgdir;
	uint32_t n;
	size_t i;

	n = print_in(kernel_directory(), NULL, 0, 1 << 20, pa);
	for (e = next_env(NULL); e; e = next_env(e)) {
		pgdir = env_directory(e);
		for (i = 0; pgdir && i < ARRAY_SIZE(own); i++)
			n += print_in(pgdir, e, own[i].page, own[i].limit, pa);
	}
	if (!n)
		cprintf("  not mapped\n");
}
