/* The expected state, and its comparison with the kernel's. */

#include <kern/cpuid.h>
#include <kern/pmap.h>

#include "host.h"
#include "model.h"

struct model model;
struct table model_tables[RAM_FRAMES];

/* A checksum of the free list's order. */
static uint64_t order;

#define PAGE_ENTRY(va)	((va) >> 12 & 0x3FF)

void
model_reset(void)
{
	clear(&model, offsetof(struct model, user));
	model.nuser = model.nfree = model.ndirs = 0;
	model.mmio_next = MMIOBASE;
	order = 0;
}

/* True if all of [start, end) is in one usable range. */
static bool
usable(const struct boot *boot, uint64_t start, uint64_t stop)
{
	int i;

	for (i = 0; i < boot->nranges; i++)
		if (boot->ranges[i].start <= start
		    && stop <= boot->ranges[i].end)
			return true;
	return false;
}

void
model_boot(const struct boot *boot, physaddr_t next)
{
	uint32_t pa;
	ppn_t n;

	for (n = 1; n < npages; n++) {
		pa = n * PGSIZE;
		if ((pa >= IOPHYSMEM && pa < next)
		    || !usable(boot, pa, (uint64_t)pa + PGSIZE))
			continue;
		model.state[n] = PG_FREE;
		model.nfree++;
	}
}

/* --- Frames ------------------------------------------------------------ */

void
model_take(ppn_t n, enum use use)
{
	model.state[n] = PG_USED;
	model.use[n] = use;
	model.ref[n] = model.holds[n] = use != USE_USER;
	model.scribbled[n] = false;
	model.nfree--;
	if (use != USE_USER)
		return;
	model.name[n] = ++model.names;
	model.user[model.nuser++] = n;
}

void
model_free(ppn_t n)
{
	int i;

	model.state[n] = PG_FREE;
	model.use[n] = USE_NONE;
	model.nfree++;
	for (i = 0; model.user[i] != n; i++)
		;
	/* Keep the order: a sequence that is shrunk then changes little. */
	for (model.nuser--; i < model.nuser; i++)
		model.user[i] = model.user[i + 1];
}

void
model_drop(ppn_t n)
{
	if (--model.ref[n] == 0)
		model_free(n);
}

/* --- Mappings ---------------------------------------------------------- */

void
model_add_dir(pde_t *pgdir)
{
	struct dir *d = &model.dir[model.ndirs++];

	clear(d, sizeof(*d));
	d->pgdir = pgdir;
	d->slot[PDX(UVPT)] = SLOT_SELF;
	d->pde[PDX(UVPT)] = PADDR(pgdir) | PTE_U | PTE_P;
}

static struct table *
table_of(const struct dir *d, uint32_t va)
{
	return &model_tables[d->pde[va >> 22] >> 12];
}

uint32_t
model_entry(const struct dir *d, uint32_t va)
{
	uint32_t pde = d->pde[va >> 22];

	switch (d->slot[va >> 22]) {
	case SLOT_TABLE:
		return table_of(d, va)->pte[PAGE_ENTRY(va)];
	case SLOT_LARGE:
		return (pde & ~(uint32_t)PTE_PS) + PAGE_ENTRY(va) * PGSIZE;
	case SLOT_SELF:
		return d->pde[PAGE_ENTRY(va)];
	default:
		return 0;
	}
}

bool
model_inserted(const struct dir *d, uint32_t va)
{
	return d->slot[va >> 22] == SLOT_TABLE
		&& table_of(d, va)->inserted[PAGE_ENTRY(va)];
}

void
model_set(struct dir *d, uint32_t va, uint32_t entry, bool inserted)
{
	table_of(d, va)->pte[PAGE_ENTRY(va)] = entry;
	table_of(d, va)->inserted[PAGE_ENTRY(va)] = inserted;
}

void
model_make_table(struct dir *d, int i, const char *after)
{
	uint32_t found = d->pgdir[i], old = d->pde[i], was = d->slot[i];
	uint32_t rights = PTE_P | PTE_W | (i < (int)PDX(ULIM) ? PTE_U : 0);
	ppn_t n = found >> 12;
	struct table *t;
	int k;

	if (n >= npages || model.state[n] != PG_FREE || model.hidden[n])
		fail(after, "the new page table is a frame that was free",
		     "a free frame, present",
		     "directory entry 0x%08x for va 0x%08x", found, i << 22);
	model_take(n, USE_TABLE);
	t = &model_tables[n];
	clear(t, sizeof(*t));
	if (was == SLOT_LARGE)
		for (k = 0; k < NPTENTRIES; k++)
			t->pte[k] = (old & ~(uint32_t)PTE_PS) + k * PGSIZE;
	d->slot[i] = SLOT_TABLE;
	d->pde[i] = n << 12 | rights;
	d->tables[d->ntables++] = i;
}

/* True if one entry can map what npg pages at va have in va's 4 MiB. */
static bool
maps_large(const struct dir *d, uint32_t va, uint32_t npg, uint32_t pa)
{
	return cpu_features.pse && va % PTSIZE == 0 && pa % PTSIZE == 0
		&& npg >= NPTENTRIES && d->slot[va >> 22] != SLOT_TABLE;
}

/* The number of npg pages at va that are in va's 4 MiB. */
static uint32_t
in_slot(uint32_t va, uint32_t npg)
{
	return MIN(npg, NPTENTRIES - PAGE_ENTRY(va));
}

int
model_tables_needed(const struct dir *d, uint32_t va, uint32_t npg, uint32_t pa)
{
	int needed = 0;
	uint32_t n;

	for (; npg; npg -= n, va += n * PGSIZE, pa += n * PGSIZE) {
		n = in_slot(va, npg);
		if (d->slot[va >> 22] != SLOT_TABLE
		    && !maps_large(d, va, npg, pa))
			needed++;
	}
	return needed;
}

void
model_map(struct dir *d, uint32_t va, uint32_t npg, uint32_t pa, uint32_t perm,
	  const char *after)
{
	uint32_t n, k, flags;

	for (; npg; npg -= n, va += n * PGSIZE, pa += n * PGSIZE) {
		n = in_slot(va, npg);
		flags = (perm & 0xF7F) | PTE_P;
		if (va >= ULIM)
			flags &= ~(uint32_t)PTE_U;
		if (maps_large(d, va, npg, pa)) {
			d->slot[va >> 22] = SLOT_LARGE;
			d->pde[va >> 22] = pa | flags | PTE_PS;
			continue;
		}
		if (d->slot[va >> 22] != SLOT_TABLE)
			model_make_table(d, va >> 22, after);
		for (k = 0; k < n; k++)
			model_set(d, va + k * PGSIZE,
				  (pa + k * PGSIZE) | flags, false);
	}
}

/* --- Contents ---------------------------------------------------------- */

static uint32_t
contents(ppn_t n)
{
	return 0xC0DE0000U + model.name[n];
}

void
model_mark_contents(ppn_t n)
{
	fill(ram + (size_t)n * PGSIZE, contents(n), PGSIZE / 4);
}

void
model_check_contents(ppn_t n, const char *after)
{
	size_t i = other_than(ram + (size_t)n * PGSIZE, contents(n),
			      PGSIZE / 4);

	if (i == PGSIZE / 4)
		return;
	fail(after, "a frame in use keeps its contents", "the test's words",
	     "f%u (0x%x): offset 0x%zx: 0x%08x",
	     model.name[n], n, i * 4, *machine_word(n * PGSIZE + i * 4));
}

/* --- Comparison -------------------------------------------------------- */

static UNCHECKED void
check_frames(const char *after)
{
	const struct PageInfo *pp = pages;
	ppn_t n;

	for (n = 0; n < npages; n++, pp++) {
		if (pp->pp_state == model.state[n] && pp->pp_ref == model.ref[n]
		    && (pp->pp_state == PG_FREE || !pp->pp_link))
			continue;
		fail(after, "state and count of each frame (F1, F2)",
		     "state, count, link of the model",
		     "frame 0x%x (f%u): state %u count %u link %p;"
		     " model: state %u count %u%s", n, model.name[n],
		     pp->pp_state, pp->pp_ref, (void *)pp->pp_link,
		     model.state[n], model.ref[n],
		     model.state[n] == PG_FREE ? "" : " link nil");
	}
}

static const char list_rule[] =
	"the free list holds exactly the free frames (F1)";

static UNCHECKED void
check_free_list(const char *after, bool unchanged)
{
	static uint32_t seen[RAM_FRAMES], now;
	const struct PageInfo *pp;
	uint64_t sum = 0;
	uintptr_t at;
	int count = 0;
	ppn_t n;

	now++;
	for (pp = page_free_list; pp; pp = pp->pp_link) {
		at = (uintptr_t)pp - (uintptr_t)pages;
		n = at / sizeof(*pp);
		if (at >= npages * sizeof(*pp) || at % sizeof(*pp))
			fail(after, list_rule, "frames", "%p on the list",
			     (void *)pp);
		if (model.state[n] != PG_FREE || model.hidden[n]
		    || seen[n] == now)
			fail(after, list_rule, "free frames, each once",
			     "frame 0x%x: %s", n,
			     seen[n] == now ? "twice" : "not free");
		seen[n] = now;
		sum = sum * 31 + n;
		count++;
	}
	if (count != model.nfree)
		fail(after, list_rule, "all free frames", "%d, model: %d",
		     count, model.nfree);
	if (unchanged && sum != order) {
		fail(after, "a call that fails changes nothing (E1)",
		     "the free list as before", "another order");
	}
	order = sum;
}

static void
check_table(const char *after, const struct dir *d, int slot)
{
	const uint32_t *pte;
	const struct table *t = &model_tables[d->pde[slot] >> 12];
	size_t i;

	pte = machine_word(d->pde[slot] & 0xFFFFF000U);
	i = differ(pte, t->pte, NPTENTRIES, AD);
	if (i == NPTENTRIES)
		return;
	fail(after, "each page's frame and permissions",
	     "the entries of the model",
	     "dir%d va 0x%08zx: 0x%08x, model: 0x%08x",
	     (int)(d - model.dir), ((size_t)slot << 22) + (i << 12), pte[i],
	     t->pte[i]);
}

static void
check_dir(const char *after, const struct dir *d)
{
	size_t i = differ(d->pgdir, d->pde, NPDENTRIES, AD);
	int k;

	if (i < NPDENTRIES) {
		fail(after, "the directory's entries",
		     "the entries of the model",
		     "dir%d va 0x%08zx: 0x%08x, model: 0x%08x",
		     (int)(d - model.dir), i << 22, d->pgdir[i], d->pde[i]);
	}
	for (k = 0; k < d->ntables; k++)
		check_table(after, d, d->tables[k]);
}

void
model_check(const char *after, bool unchanged)
{
	int i;

	check_frames(after);
	check_free_list(after, unchanged);
	for (i = 0; i < model.ndirs; i++)
		check_dir(after, &model.dir[i]);
	if (mmio_next == model.mmio_next)
		return;
	fail(after, "the next MMIO region's address", "after the last",
	     "0x%08lx, model: 0x%08x", (unsigned long)mmio_next,
	     model.mmio_next);
}
