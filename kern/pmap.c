/*
 * Page tables: what is mapped where, with which rights.
 *
 * A page directory has 1024 entries. Each maps 4 MiB: itself, as one large
 * page (kernel mappings only), or through a page table of 1024 entries that
 * map 4 KiB each. All tables are frames from page_alloc, and every frame that
 * page_insert maps counts the entries that map it (invariant F2).
 *
 * mem_init is the outline of the whole: the kernel's map, made once. Then come
 * the functions that change maps, from pgdir_walk up. Two rules hold in all:
 * the entry is changed first, then the TLB is told, then the reference is
 * dropped, for between these the frame could still be reached (T1); and what
 * fails has changed nothing (E1).
 *
 * An entry that is neither 0 nor present is kept for pages that are swapped
 * out. "Nothing there" is therefore asked by pte_present(), never by == 0.
 *
 * The frequent way through pgdir_walk, page_lookup, page_insert and
 * page_remove is written without calls other than tail calls, so that it
 * needs no stack frame; the rest is in functions marked SLOW_PATH (see page.c).
 *
 * Not its job: which frames are free (page.c), environments.
 */

#include <inc/env.h>
#include <inc/error.h>
#include <inc/string.h>
#include <inc/x86.h>
#include <kern/cpuid.h>
#include <kern/hooks.h>
#include <kern/page_panic.h>
#include <kern/physmem.h>
#include <kern/pmap.h>
#include <kern/sections.h>

pde_t *kern_pgdir;
struct Env *envs;
uintptr_t mmio_next = MMIOBASE;

/* Rights that user and kernel have at va, as far as a directory entry goes. */
static inline uint32_t
pde_rights(uintptr_t va)
{
	return PTE_P | PTE_W | (va < ULIM ? PTE_U : 0);
}

static inline bool
pte_present(pte_t pte)
{
	return (pte & PTE_P) != 0;
}

/*
 * One test for three questions: present, a table and not a large page, and
 * (as any table of ours is) inside the window? Less PTE_P, an entry of a table
 * has none of these bits; one that is not present borrows, and has bit 0.
 */
#define NOT_A_TABLE	(PTE_P | PTE_PS | ~(KERNWINSIZE - 1))

static inline bool
pde_is_table(pde_t pde)
{
	return !((pde - PTE_P) & NOT_A_TABLE);
}

static inline bool
pde_is_large(pde_t pde)
{
	return (pde & (PTE_P | PTE_PS)) == (PTE_P | PTE_PS);
}

/*
 * The entry for va in the table that pde points to; pde_is_table(pde). The
 * address is that of pde itself, but this value is at hand after the test.
 */
static inline pte_t *
table_entry(pde_t pde, const void *va)
{
	return (pte_t *)(uintptr_t)(PTE_ADDR(pde - PTE_P) + WINDOW)
		+ PTX(va);
}

/* --- The kernel's map -------------------------------------------------- */

/* One region of the diagram in inc/memlayout.h. */
struct region {
	uintptr_t va;
	size_t size;
	physaddr_t pa;
	uint32_t perm;
};

static void
map_kernel(void)
{
	/* The kernel's own entries are the same everywhere: global. */
	uint32_t g = cpu_features.pge ? PTE_G : 0;
	uintptr_t text = (uintptr_t)stext - WINDOW + KERNBASE;
	const struct region map[] = {
		/* Users look at `pages` here; the kernel uses the window. */
		{ UPAGES, npages * sizeof(struct PageInfo),
		  PADDR(pages), PTE_U },
		{ UENVS, NENV * sizeof(struct Env), PADDR(envs), PTE_U },
		/* The boot stack, once more, with a gap below it. */
		{ KSTACKTOP - KSTKSIZE, KSTKSIZE,
		  PADDR(bootstack), PTE_W | g },
		/* All physical memory, whether or not it is there. */
		{ KERNBASE, KERNWINSIZE, 0, PTE_W | g },
		/* In it, what nobody has business changing. */
		{ text, (size_t)(erodata - stext), PADDR(stext), g },
	};
	const struct region *r;

	for (r = map; r < map + ARRAY_SIZE(map); r++)
		boot_map_region(kern_pgdir, r->va, r->size, r->pa, r->perm);
}

void
mem_init(void)
{
	milestone("mem_init");
	i386_detect_memory();

	/* The directory, and in it, itself as a table that users may read. */
	kern_pgdir = boot_alloc(PGSIZE);
	memset(kern_pgdir, 0, PGSIZE);
	kern_pgdir[PDX(UVPT)] = PADDR(kern_pgdir) | PTE_U | PTE_P;

	/* The frames. From page_init on, memory comes from page_alloc. */
	pages = boot_alloc(npages * sizeof(struct PageInfo));
	envs = boot_alloc(NENV * sizeof(struct Env));
	memset(envs, 0, NENV * sizeof(struct Env));	/* none is there yet */
	milestone("structures");
	page_init();
	milestone("page_init");
	map_kernel();
	milestone("map_kernel");
	lcr3(PADDR(kern_pgdir));
	window_mapped = KERNWINSIZE;
	milestone("mem_init_done");
}

/* --- Walking ----------------------------------------------------------- */

/*
 * The directory's entry for va was a 4 MiB page and is another now. One invlpg
 * forgets the whole page (SDM 3A 4.10.4.1); but seen through UVPT the entry
 * was a page as well, perhaps a global one.
 */
static void
forget_large(uintptr_t va)
{
	invlpg((void *)va);
	invlpg((void *)(UVPT + PDX(va) * PGSIZE));
}

/*
 * Replace a 4 MiB page by a table with the same translations and rights.
 * Returns the entry for va, or NULL, nothing changed, if there is no frame.
 */
static pte_t *
split(pde_t *pde, const void *va)
{
	struct PageInfo *pp = page_alloc(0);
	uint32_t flags = PTE_FLAGS(*pde) & ~PTE_PS;
	physaddr_t pa = *pde & ~(PTSIZE - 1);
	pte_t *table;
	int i;

	if (!pp)
		return NULL;
	pp->pp_ref++;
	table = page2kva(pp);
	for (i = 0; i < NPTENTRIES; i++)
		table[i] = (pa + i * PGSIZE) | flags;
	*pde = page2pa(pp) | pde_rights((uintptr_t)va);
	forget_large((uintptr_t)va);
	return &table[PTX(va)];
}

/* pgdir_walk where there is no table yet. */
static SLOW_PATH pte_t *
walk_without_table(pde_t *pgdir, const void *va, int create)
{
	pde_t *pde = &pgdir[PDX(va)];
	struct PageInfo *pp;

	if (pde_is_large(*pde))
		return create ? split(pde, va) : pde;
	if (pte_present(*pde))
		panic("pgdir_walk: the directory's entry 0x%08x for va %p"
		      " points outside the window", *pde, va);
	if (!create)
		return NULL;
	pp = page_alloc(ALLOC_ZERO);
	if (!pp)
		return NULL;
	pp->pp_ref++;
	*pde = page2pa(pp) | pde_rights((uintptr_t)va);
	return table_entry(*pde, va);
}

pte_t *
pgdir_walk(pde_t *pgdir, const void *va, int create)
{
	pde_t pde = pgdir[PDX(va)];

	if (likely(pde_is_table(pde)))
		return table_entry(pde, va);
	return walk_without_table(pgdir, va, create);
}

/* --- Regions ----------------------------------------------------------- */

/* Set an entry; the processor may remember the old one if it was present. */
static inline void
change(pte_t *entry, pte_t new, uintptr_t va)
{
	pte_t old = *entry;

	*entry = new;
	if (pte_present(old))
		invlpg((void *)va);
}

/*
 * Can the processor map all 4 MiB that pde stands for as one page? n pages are
 * to be mapped there; `alike` says that va and pa lie alike in their 4 MiB.
 */
static inline bool
fits_large(pde_t pde, size_t n, bool alike)
{
	return n == NPTENTRIES && alike && !pde_is_table(pde);
}

static inline bool
lie_alike(uintptr_t va, physaddr_t pa)
{
	return cpu_features.pse && (va ^ pa) % PTSIZE == 0;
}

/* How many tables does mapping npg pages from va on take? */
static size_t
tables_needed(const pde_t *pgdir, uintptr_t va, size_t npg, physaddr_t pa)
{
	const pde_t *pde = &pgdir[PDX(va)];
	bool alike = lie_alike(va, pa);
	size_t n, tables = 0;

	/* Only the first entry can be begun in the middle. */
	for (n = NPTENTRIES - PTX(va); npg; pde++, n = NPTENTRIES) {
		n = MIN(n, npg);
		npg -= n;
		tables += !pde_is_table(*pde) && !fits_large(*pde, n, alike);
	}
	return tables;
}

/* Map n pages from va on, all in one table, to those from pa on. */
static NOINLINE void
map_in_table(pde_t *pgdir, uintptr_t va, size_t n, physaddr_t pa,
	     uint32_t flags)
{
	pte_t *pte = pgdir_walk(pgdir, (void *)va, 1);
	size_t i;

	for (i = 0; i < n; i++)
		change(&pte[i], (pa + i * PGSIZE) | flags, va + i * PGSIZE);
}

/* Map 4 MiB as one page, where there is no table. */
static void
map_large(pde_t *pde, pde_t new, uintptr_t va)
{
	pde_t old = *pde;

	*pde = new;
	if (pte_present(old))
		forget_large(va);
}

/* Map npg pages from va on to those from pa on. The tables can be had. */
static void
map_pages(pde_t *pgdir, uintptr_t va, size_t npg, physaddr_t pa,
	  uint32_t flags)
{
	bool alike = lie_alike(va, pa);
	pde_t *pde;
	size_t n;

	/* Pages are counted, not addresses compared: va may reach 4 GiB. */
	pde = &pgdir[PDX(va)];
	n = NPTENTRIES - PTX(va);
	for (; npg; pde++, va += n * PGSIZE, pa += n * PGSIZE, n = NPTENTRIES) {
		n = MIN(n, npg);
		npg -= n;
		if (fits_large(*pde, n, alike))
			map_large(pde, pa | flags | PTE_PS, va);
		else
			map_in_table(pgdir, va, n, pa, flags);
	}
}

/* Are n frames free? */
static bool
have_frames(size_t n)
{
	struct PageInfo *pp;

	for (pp = page_free_list; pp && n; pp = pp->pp_link)
		n--;
	return n == 0;
}

/*
 * boot_map_region for callers that can go on without: returns 0, or -E_NO_MEM
 * with nothing changed.
 */
static int
map_region(pde_t *pgdir, uintptr_t va, size_t size, physaddr_t pa, int perm)
{
	size_t npg = size / PGSIZE + (size % PGSIZE != 0);
	size_t whole = (size_t)1 << (32 - PGSHIFT);	/* pages in 4 GiB */
	size_t below;
	uint32_t flags = PTE_FLAGS(perm & ~PTE_PS) | PTE_P;

	if (va % PGSIZE || pa % PGSIZE)
		panic("boot_map_region: va 0x%08x and pa 0x%08x must both be"
		      " page-aligned", va, pa);
	if (npg > whole - PGNUM(va) || npg > whole - PGNUM(pa))
		panic("boot_map_region: 0x%x bytes from va 0x%08x or pa 0x%08x"
		      " run past 4 GiB", size, va, pa);

	/* First make sure of the frames: then nothing can fail half-way. */
	if (!have_frames(tables_needed(pgdir, va, npg, pa)))
		return -E_NO_MEM;
	/* At ULIM, where a table begins, the user's rights end. */
	below = va < ULIM ? MIN(npg, (size_t)PGNUM(ULIM - va)) : 0;
	map_pages(pgdir, va, below, pa, flags);
	map_pages(pgdir, va + below * PGSIZE, npg - below,
		  pa + below * PGSIZE, flags & ~PTE_U);
	return 0;
}

void
boot_map_region(pde_t *pgdir, uintptr_t va, size_t size, physaddr_t pa,
		int perm)
{
	if (map_region(pgdir, va, size, pa, perm) < 0)
		panic("boot_map_region: no frame for the page tables of 0x%x"
		      " bytes at va 0x%08x", size, va);
}

void *
mmio_map_region(physaddr_t pa, size_t size)
{
	uint32_t offset = PGOFF(pa);
	uintptr_t va = mmio_next;
	size_t room = MMIOLIM - va;

	if (size == 0 || size - 1 > ~pa || size > room - MIN(room, offset))
		return NULL;
	size = ROUNDUP(size + offset, PGSIZE);
	/* Devices: neither cached nor written late. */
	if (map_region(kern_pgdir, va, size, pa - offset,
		       PTE_PCD | PTE_PWT | PTE_W) < 0)
		return NULL;
	mmio_next = va + size;
	return (void *)(va + offset);
}

/* --- Single pages ------------------------------------------------------ */

void
tlb_invalidate(pde_t *pgdir, void *va)
{
	/* Another directory than the one in use: costs a reload at worst. */
	(void)pgdir;
	invlpg(va);
}

/* The frame that a present entry maps, or NULL if it is no RAM of ours. */
static inline struct PageInfo *
frame_of(pte_t pte)
{
	return likely(PGNUM(pte) < npages) ? &pages[PGNUM(pte)] : NULL;
}

static SLOW_PATH struct PageInfo *
lookup_without_table(pde_t *pgdir, void *va, pte_t **pte_store)
{
	pde_t *pde = &pgdir[PDX(va)];
	struct PageInfo *pp;

	if (!pde_is_large(*pde))
		return NULL;
	pp = frame_of((*pde & ~(PTSIZE - 1)) + PTX(va) * PGSIZE);
	if (pp && pte_store)
		*pte_store = pde;
	return pp;
}

struct PageInfo *
page_lookup(pde_t *pgdir, void *va, pte_t **pte_store)
{
	pde_t pde = pgdir[PDX(va)];
	pte_t *pte;
	ppn_t n;

	if (unlikely(!pde_is_table(pde)))
		return lookup_without_table(pgdir, va, pte_store);
	pte = table_entry(pde, va);
	if (!pte_present(*pte))
		return NULL;
	n = PGNUM(*pte);
	if (unlikely(n >= npages))
		return NULL;
	if (pte_store)
		*pte_store = pte;
	return &pages[n];
}

void
page_remove(pde_t *pgdir, void *va)
{
	pde_t pde = pgdir[PDX(va)];
	struct PageInfo *pp;
	pte_t *pte;

	if (unlikely(!pde_is_table(pde))) {
		if (pde_is_large(pde))
			page_remove_misused(va);
		return;
	}
	pte = table_entry(pde, va);
	if (!pte_present(*pte) || !(pp = frame_of(*pte)))
		return;
	if (unlikely(pp->pp_ref == 0)) {
		page_remove_misused(va);
		return;
	}
	/* In this order: see T1 above. */
	*pte = 0;
	tlb_invalidate(pgdir, va);
	page_decref(pp);
}

/* page_insert where there is no table yet. */
static SLOW_PATH int
insert_without_table(pde_t *pgdir, struct PageInfo *pp, void *va, int perm)
{
	/* First: the walk might take pp itself for the table. */
	if (pp->pp_state != PG_USED || pde_is_large(pgdir[PDX(va)]))
		page_insert_misused(pp, va);
	if (pp->pp_ref == UINT16_MAX || !pgdir_walk(pgdir, va, 1))
		return -E_NO_MEM;
	return page_insert(pgdir, pp, va, perm);
}

/* page_insert where something is mapped already, or pp is not in use. */
static SLOW_PATH int
insert_over(pde_t *pgdir, struct PageInfo *pp, void *va, int perm)
{
	pte_t *pte = table_entry(pgdir[PDX(va)], va);
	struct PageInfo *old;

	old = pte_present(*pte) ? frame_of(*pte) : NULL;
	if (pp->pp_state != PG_USED || (old && old->pp_ref == 0))
		page_insert_misused(pp, va);
	if (old != pp) {
		if (pp->pp_ref == UINT16_MAX)
			return -E_NO_MEM;
		pp->pp_ref++;
	}
	/* In this order: see T1 above. */
	*pte = page2pa(pp) | PTE_FLAGS(perm) | PTE_P;
	tlb_invalidate(pgdir, va);
	if (old && old != pp)
		page_decref(old);
	return 0;
}

int
page_insert(pde_t *pgdir, struct PageInfo *pp, void *va, int perm)
{
	pde_t pde = pgdir[PDX(va)];
	pte_t *pte;

	if (unlikely(!pde_is_table(pde)))
		return insert_without_table(pgdir, pp, va, perm);
	pte = table_entry(pde, va);
	if (unlikely(pte_present(*pte)) || unlikely(pp->pp_state != PG_USED))
		return insert_over(pgdir, pp, va, perm);
	if (unlikely(++pp->pp_ref == 0)) {
		pp->pp_ref--;		/* it cannot be counted */
		return -E_NO_MEM;
	}
	*pte = page2pa(pp) | PTE_FLAGS(perm) | PTE_P;
	return 0;
}
