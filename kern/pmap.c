/*
 * Page tables: which page is mapped where, with which permissions.
 *
 * A page directory has 1024 entries. Each maps 4 MiB: itself, as one large
 * page (kernel mappings only), or through a page table of 1024 entries that
 * map 4 KiB each. All tables are frames from page_alloc, and every frame that
 * page_insert maps counts the entries that map it (invariant F2).
 *
 * mem_init makes the kernel's map, once; read it first. The functions that
 * change maps follow, from pgdir_walk up. All obey two rules. Change the
 * entry, then flush the TLB, then drop the reference: until the flush, the
 * frame can still be reached (T1). A function that fails has changed nothing
 * (E1).
 *
 * An entry that is neither 0 nor present names a page that is not in memory
 * (inc/mmu.h). So pte_present() tells whether a page is mapped, not a comparison
 * with 0. What such an entry refers to is released when it is replaced.
 *
 * Not its job: which frames are free (page.c), environments (env.c).
 *
 * pgdir_walk, page_lookup, page_insert and page_remove are hot: they make no
 * calls except tail calls (see kern/page.c). Rare cases are in functions
 * marked SLOW_PATH.
 */

#include <inc/env.h>
#include <inc/error.h>
#include <inc/string.h>
#include <inc/x86.h>
#include <kern/cpuid.h>
#include <kern/hooks.h>
#include <kern/physmem.h>
#include <kern/pmap.h>
#include <kern/resident.h>
#include <kern/sections.h>
#include <kern/slot.h>
#include <kern/vmwalk.h>

pde_t *kern_pgdir;
struct Env *envs;
uintptr_t mmio_next = MMIOBASE;

/* The most that a directory entry for va may allow. */
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

static inline bool
pde_is_large(pde_t pde)
{
	return (pde & (PTE_P | PTE_PS)) == (PTE_P | PTE_PS);
}

/*
 * True if pde refers to a page table in the window, where all tables are. In
 * such an entry PTE_P is set, PTE_PS is clear, and so are the address bits
 * beyond the window. Subtracting PTE_P leaves all of these bits clear; if
 * PTE_P is not set, it sets bit 0. This takes one instruction less than
 * (pde & NOT_A_TABLE) == PTE_P; all of pgdir_walk takes 18.
 */
#define NOT_A_TABLE	(PTE_P | PTE_PS | ~(KERNWINSIZE - 1))

static inline bool
pde_is_table(pde_t pde)
{
	return !((pde - PTE_P) & NOT_A_TABLE);
}

/* The entry for va in the table that pde refers to. => pde_is_table(pde). */
static inline pte_t *
table_entry(pde_t pde, const void *va)
{
	return (pte_t *)(uintptr_t)(PTE_ADDR(pde) + WINDOW) + PTX(va);
}

/* Set an entry, and flush the TLB if the old one was present. */
static inline void
set_entry(pte_t *entry, pte_t new, uintptr_t va)
{
	pte_t old = *entry;

	*entry = new;
	if (pte_present(old))
		invlpg((void *)va);
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
	/* All directories have these entries in common: global pages. */
	uint32_t g = cpu_features.pge ? PTE_G : 0;
	uintptr_t text = (uintptr_t)stext - WINDOW + KERNBASE;
	const struct region map[] = {
		/* For users; the kernel reads both through the window. */
		{ UPAGES, npages * sizeof(struct PageInfo),
		  PADDR(pages), PTE_U },
		{ UENVS, NENV * sizeof(struct Env), PADDR(envs), PTE_U },
		/* The boot stack, once more, with a gap below it. */
		{ KSTACKTOP - KSTKSIZE, KSTKSIZE,
		  PADDR(bootstack), PTE_W | g },
		/* The double fault's stack, likewise. */
		{ DFSTACKTOP - KSTKSIZE, KSTKSIZE,
		  PADDR(df_stack), PTE_W | g },
		/* All physical memory, present or not. */
		{ KERNBASE, KERNWINSIZE, 0, PTE_W | g },
		/* Kernel text and constants, read-only. */
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

	/* The directory; as a table of itself, users may read it at UVPT. */
	kern_pgdir = boot_alloc(PGSIZE);
	memset(kern_pgdir, 0, PGSIZE);
	kern_pgdir[PDX(UVPT)] = PADDR(kern_pgdir) | PTE_U | PTE_P;

	/* The frames. After page_init, page_alloc provides memory. */
	pages = boot_alloc(npages * sizeof(struct PageInfo));
	envs = boot_alloc(NENV * sizeof(struct Env));
	memset(envs, 0, NENV * sizeof(struct Env));	/* all free */
	milestone("structures");
	page_init();
	milestone("page_init");
	map_kernel();
	milestone("map_kernel");
	vm_must_run(kern_pgdir);
	lcr3(PADDR(kern_pgdir));
	window_mapped = KERNWINSIZE;
	milestone("mem_init_done");
}

/* --- Walking ----------------------------------------------------------- */

/*
 * Flush va's 4 MiB page, after its directory entry has been replaced. One
 * invlpg flushes the whole page (SDM 3A 4.10.4.1). Seen through UVPT, the
 * entry mapped a page too, which may have been global.
 */
static void
flush_large_page(uintptr_t va)
{
	invlpg((void *)va);
	invlpg((void *)(UVPT + PDX(va) * PGSIZE));
}

/*
 * Replace a 4 MiB page by a table with the same translations and permissions.
 * Returns the entry for va, or NULL with nothing changed if no frame is free.
 */
static pte_t *
split_large_page(pde_t *pde, const void *va)
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
	flush_large_page((uintptr_t)va);
	return &table[PTX(va)];
}

/* pgdir_walk, if va has no page table. */
static SLOW_PATH pte_t *
walk_without_table(pde_t *pgdir, const void *va, int create)
{
	pde_t *pde = &pgdir[PDX(va)];
	struct PageInfo *pp;

	if (pde_is_large(*pde))
		return create ? split_large_page(pde, va) : pde;
	if (pte_present(*pde))
		panic("pgdir_walk: the directory entry for va %p is 0x%08x,"
		      " which points outside the window", va, *pde);
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

/* --- Single pages ------------------------------------------------------ */

void
tlb_invalidate(pde_t *pgdir, void *va)
{
	/* If pgdir is not current, this may drop a useful translation. */
	(void)pgdir;
	invlpg(va);
}

/* page_lookup, if va has no page table. */
static SLOW_PATH struct PageInfo *
lookup_large_page(pde_t *pgdir, void *va, pte_t **pte_store)
{
	pde_t *pde = &pgdir[PDX(va)];
	ppn_t n = PGNUM(*pde & ~(PTSIZE - 1)) + PTX(va);

	if (!pde_is_large(*pde) || n >= npages)
		return NULL;
	if (pte_store)
		*pte_store = pde;
	return &pages[n];
}

struct PageInfo *
page_lookup(pde_t *pgdir, void *va, pte_t **pte_store)
{
	pde_t pde = pgdir[PDX(va)];
	pte_t *pte;
	ppn_t n;

	if (unlikely(!pde_is_table(pde)))
		return lookup_large_page(pgdir, va, pte_store);
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

static SLOW_PATH void
page_remove_panic(void *va)
{
	panic("page_remove: va %p is mapped by boot_map_region", va);
}

/* page_remove, if the page at pte is not in memory. */
static SLOW_PATH void
remove_absent(pte_t *pte)
{
	pte_t old = *pte;

	*pte = 0;
	entry_release(old);
}

/* page_remove, if pp has flags, or is no frame that page_insert has mapped. */
static SLOW_PATH void
page_remove_slow(pde_t *pgdir, struct PageInfo *pp, pte_t *pte, void *va)
{
	pte_t old = *pte;

	if (pp->pp_ref == 0) {
		page_remove_panic(va);
		return;
	}
	*pte = 0;
	tlb_invalidate(pgdir, va);
	resident_unmapped(pp, pte, old);
	page_decref(pp);
}

void
page_remove(pde_t *pgdir, void *va)
{
	pde_t pde = pgdir[PDX(va)];
	struct PageInfo *pp;
	pte_t *pte;

	if (unlikely(!pde_is_table(pde))) {
		if (pde_is_large(pde))
			page_remove_panic(va);
		return;
	}
	pte = table_entry(pde, va);
	if (!pte_present(*pte)) {
		if (unlikely(*pte))
			remove_absent(pte);
		return;
	}
	if (unlikely(PGNUM(*pte) >= npages))
		return;
	pp = &pages[PGNUM(*pte)];
	if (unlikely(!page_is_plain(pp))) {
		page_remove_slow(pgdir, pp, pte, va);
		return;
	}
	/* In this order: see T1 above. */
	*pte = 0;
	tlb_invalidate(pgdir, va);
	if (--pp->pp_ref == 0)		/* page_decref, without its check */
		page_free(pp);
}

/* page_insert in every case. */
static SLOW_PATH int
insert(pde_t *pgdir, struct PageInfo *pp, void *va, int perm)
{
	pte_t *pte = NULL;
	struct PageInfo *old = page_lookup(pgdir, va, &pte);
	pte_t before;

	if (pp->pp_state != PG_USED)
		panic("page_insert: the frame at 0x%08x is %s", page2pa(pp),
		      pp->pp_state == PG_FREE ? "free" : "reserved");
	if (pde_is_large(pgdir[PDX(va)]) || (old && old->pp_ref == 0))
		panic("page_insert: va %p is mapped by boot_map_region", va);
	/* Check before the walk, so that it makes no table in vain (E1). */
	if (old != pp && pp->pp_ref == UINT16_MAX)
		return -E_NO_MEM;
	if (!old)
		pte = pgdir_walk(pgdir, va, 1);
	if (!pte)
		return -E_NO_MEM;
	if (old != pp)
		pp->pp_ref++;
	/* In this order: see T1 above. */
	before = *pte;
	*pte = page2pa(pp) | PTE_FLAGS(perm) | PTE_P;
	tlb_invalidate(pgdir, va);
	if (!old) {
		entry_release(before);
		return 0;
	}
	resident_unmapped(old, old == pp ? NULL : pte, before);
	if (old != pp)
		page_decref(old);
	return 0;
}

int
page_insert(pde_t *pgdir, struct PageInfo *pp, void *va, int perm)
{
	pde_t pde = pgdir[PDX(va)];
	pte_t *pte;

	if (unlikely(!pde_is_table(pde)))
		return insert(pgdir, pp, va, perm);
	pte = table_entry(pde, va);
	if (unlikely(*pte) || unlikely(pp->pp_state != PG_USED))
		return insert(pgdir, pp, va, perm);
	/* The usual case: an empty entry, so nothing to flush or drop. */
	if (unlikely(++pp->pp_ref == 0)) {
		pp->pp_ref--;		/* it cannot be counted */
		return -E_NO_MEM;
	}
	*pte = page2pa(pp) | PTE_FLAGS(perm) | PTE_P;
	return 0;
}

/* --- Regions ----------------------------------------------------------- */

/* True if 4 MiB pages exist, and va and pa have the same offset in one. */
static inline bool
same_offset(uintptr_t va, physaddr_t pa)
{
	return cpu_features.pse && (va ^ pa) % PTSIZE == 0;
}

/*
 * True if one 4 MiB page can map n pages at the start of pde's 4 MiB; `same`
 * is same_offset(va, pa).
 */
static inline bool
can_map_large(pde_t pde, size_t n, bool same)
{
	return n == NPTENTRIES && same && !pde_is_table(pde);
}

/* The number of tables to allocate for mapping npg pages at va. */
static size_t
tables_needed(const pde_t *pgdir, uintptr_t va, size_t npg, physaddr_t pa)
{
	const pde_t *pde = &pgdir[PDX(va)];
	bool same = same_offset(va, pa);
	size_t n, tables = 0;

	/* Only the first entry's 4 MiB can begin before va. */
	for (n = NPTENTRIES - PTX(va); npg; pde++, n = NPTENTRIES) {
		n = MIN(n, npg);
		npg -= n;
		tables += !pde_is_table(*pde) && !can_map_large(*pde, n, same);
	}
	return tables;
}

/* Map n pages at va, all in one table, to those at pa. */
static NOINLINE void
map_in_table(pde_t *pgdir, uintptr_t va, size_t n, physaddr_t pa,
	     uint32_t flags)
{
	pte_t *pte = pgdir_walk(pgdir, (void *)va, 1);
	size_t i;

	for (i = 0; i < n; i++)
		set_entry(&pte[i], (pa + i * PGSIZE) | flags, va + i * PGSIZE);
}

/* Map 4 MiB as one page, where there is no table. */
static void
map_large_page(pde_t *pde, pde_t new, uintptr_t va)
{
	pde_t old = *pde;

	*pde = new;
	if (pte_present(old))
		flush_large_page(va);
}

/* Map npg pages at va to those at pa. => There are frames for the tables. */
static void
map_pages(pde_t *pgdir, uintptr_t va, size_t npg, physaddr_t pa,
	  uint32_t flags)
{
	bool same = same_offset(va, pa);
	pde_t *pde;
	size_t n;

	/* Count pages instead of comparing addresses: va may reach 4 GiB. */
	pde = &pgdir[PDX(va)];
	n = NPTENTRIES - PTX(va);
	for (; npg; pde++, va += n * PGSIZE, pa += n * PGSIZE, n = NPTENTRIES) {
		n = MIN(n, npg);
		npg -= n;
		if (can_map_large(*pde, n, same))
			map_large_page(pde, pa | flags | PTE_PS, va);
		else
			map_in_table(pgdir, va, n, pa, flags);
	}
}

/* True if at least n frames are free. */
static bool
have_frames(size_t n)
{
	struct PageInfo *pp;

	for (pp = page_free_list; pp && n; pp = pp->pp_link)
		n--;
	return n == 0;
}

/*
 * Like boot_map_region, but return 0, or -E_NO_MEM with nothing changed,
 * instead of panicking.
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

	/*
	 * Check first that enough frames are free, so that the mapping cannot
	 * fail half-way.
	 */
	if (!have_frames(tables_needed(pgdir, va, npg, pa)))
		return -E_NO_MEM;
	/* User permissions end at ULIM, where a table begins. */
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
	/* Device registers: no caching, no delayed writes. */
	if (map_region(kern_pgdir, va, size, pa - offset,
		       PTE_PCD | PTE_PWT | PTE_W) < 0)
		return NULL;
	mmio_next = va + size;
	return (void *)(va + offset);
}
