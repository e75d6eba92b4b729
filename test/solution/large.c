/*
 * A correct one-file kern/pmap.c whose window is made of 4 MiB pages, as a
 * challenge of the lab asks. With these, QEMU drops its whole TLB at each
 * invlpg of the window: a flush of a wrong address has no visible effect.
 *
 * It also has habits of course files that must not lose points. It builds the
 * free list in two steps, so that low frames come first. It asserts where
 * others panic. It writes entries before it counts, and drops a reference
 * last. page_insert has a way of its own for a page that is there already. It
 * maps only the memory that exists.
 */

#include <inc/x86.h>
#include <inc/mmu.h>
#include <inc/error.h>
#include <inc/string.h>
#include <inc/assert.h>

#include <kern/pmap.h>
#include <kern/kclock.h>

#define TABLE_RIGHTS	(PTE_P | PTE_W | PTE_U)

size_t npages;
static size_t npages_basemem;
pde_t *kern_pgdir;
struct PageInfo *pages;
static struct PageInfo *page_free_list;

/* --- Memory at boot ------------------------------------------------------ */

static unsigned
cmos16(int reg)
{
	return mc146818_read(reg) | mc146818_read(reg + 1) << 8;
}

static void
i386_detect_memory(void)
{
	size_t kib = cmos16(NVRAM_EXT16LO) * 64;

	kib = kib ? kib + 16 * 1024 : cmos16(NVRAM_EXTLO) + 1024;
	npages_basemem = cmos16(NVRAM_BASELO) / 4;
	npages = kib / 4;
	cprintf("Physical memory: %uK available, base = %uK, extended = %uK\n",
		kib, npages_basemem * 4, kib - npages_basemem * 4);
}

static void *
boot_alloc(uint32_t n)
{
	static uint32_t used;		/* bytes after the kernel */
	extern char end[];
	char *first = ROUNDUP(end, PGSIZE);
	uint32_t size = ROUNDUP(n, PGSIZE), there;

	there = npages * PGSIZE - PADDR(first) - used;
	assert(size >= n && size <= there);
	used += size;
	return first + used - size;
}

/* --- Frames -------------------------------------------------------------- */

/* Put the frames [first, limit) in front of the list, the lowest first. */
static void
release(size_t first, size_t limit)
{
	struct PageInfo *head = page_free_list;

	while (limit-- > first) {
		pages[limit].pp_link = head;
		head = &pages[limit];
	}
	page_free_list = head;
}

void
page_init(void)
{
	release(PGNUM(PADDR(boot_alloc(0))), npages);
	release(1, npages_basemem);
}

struct PageInfo *
page_alloc(int alloc_flags)
{
	struct PageInfo *pp;

	if (!page_free_list)
		return NULL;
	pp = page_free_list;
	page_free_list = pp->pp_link;
	pp->pp_link = NULL;
	if (alloc_flags & ALLOC_ZERO)
		memset(page2kva(pp), 0, PGSIZE);
	return pp;
}

void
page_free(struct PageInfo *pp)
{
	assert(pp->pp_ref == 0);
	assert(!pp->pp_link);
	pp->pp_link = page_free_list;
	page_free_list = pp;
}

void
page_decref(struct PageInfo *pp)
{
	assert(pp->pp_ref > 0);
	if (--pp->pp_ref > 0)
		return;
	page_free(pp);
}

/* --- Tables -------------------------------------------------------------- */

pte_t *
pgdir_walk(pde_t *pgdir, const void *va, int create)
{
	uintptr_t at = (uintptr_t)va;
	struct PageInfo *pp;

	if (pgdir[at >> PDXSHIFT] & PTE_P)
		return &((pte_t *)KADDR(PTE_ADDR(pgdir[at >> PDXSHIFT])))
			[at >> PGSHIFT & (NPTENTRIES - 1)];
	if (create && (pp = page_alloc(ALLOC_ZERO)) != NULL) {
		pgdir[at >> PDXSHIFT] = page2pa(pp) | TABLE_RIGHTS;
		pp->pp_ref++;
		return (pte_t *)page2kva(pp) + PTX(va);
	}
	return NULL;
}

static void
boot_map_region(pde_t *pgdir, uintptr_t va, size_t size, physaddr_t pa,
		int perm)
{
	size_t i, n = (size + PGSIZE - 1) / PGSIZE;

	for (i = 0; i < n; i++) {
		pte_t *pte = pgdir_walk(pgdir, (void *)(va + i * PGSIZE), 1);

		assert(pte);
		*pte = PTE_ADDR(pa + i * PGSIZE) | PTE_P | perm;
	}
}

struct PageInfo *
page_lookup(pde_t *pgdir, void *va, pte_t **pte_store)
{
	pte_t *pte = pgdir_walk(pgdir, va, 0);

	if (!pte || !(*pte & PTE_P))
		return NULL;
	if (pte_store)
		*pte_store = pte;
	return &pages[*pte >> PGSHIFT];
}

void
tlb_invalidate(pde_t *pgdir, void *va)
{
	invlpg(va);
}

void
page_remove(pde_t *pgdir, void *va)
{
	struct PageInfo *pp;
	pte_t *pte;

	if (!(pp = page_lookup(pgdir, va, &pte)))
		return;
	*pte = 0;
	tlb_invalidate(pgdir, va);
	page_decref(pp);
}

int
page_insert(pde_t *pgdir, struct PageInfo *pp, void *va, int perm)
{
	pte_t *pte = pgdir_walk(pgdir, va, 1), old;

	if (!pte)
		return -E_NO_MEM;
	old = *pte;
	*pte = page2pa(pp) | PTE_P | perm;
	if (old & PTE_P)
		tlb_invalidate(pgdir, va);
	if ((old & PTE_P) && &pages[PGNUM(old)] == pp)
		return 0;
	pp->pp_ref++;
	if (old & PTE_P)
		page_decref(&pages[PGNUM(old)]);
	return 0;
}

/* --- The kernel's map ---------------------------------------------------- */

static void check_page_free_list(bool only_low_memory);
static void check_page(void);

/* Map the memory that exists at KERNBASE: 4 MiB pages, then 4 KiB pages. */
static void
map_window(void)
{
	size_t bytes = npages * PGSIZE, at = 0;

	lcr4(rcr4() | CR4_PSE);
	for (; bytes - at >= PTSIZE; at += PTSIZE)
		kern_pgdir[PDX(KERNBASE + at)] = at | PTE_P | PTE_W | PTE_PS;
	boot_map_region(kern_pgdir, KERNBASE + at, bytes - at, at, PTE_W);
}

void
mem_init(void)
{
	size_t size;

	i386_detect_memory();
	kern_pgdir = memset(boot_alloc(PGSIZE), 0, PGSIZE);
	kern_pgdir[PDX(UVPT)] = PADDR(kern_pgdir) | PTE_P | PTE_U;
	size = npages * sizeof(*pages);
	pages = memset(boot_alloc(size), 0, size);
	page_init();
	check_page_free_list(1);
	check_page();

	boot_map_region(kern_pgdir, UPAGES, size, PADDR(pages), PTE_U);
	boot_map_region(kern_pgdir, KSTACKTOP - KSTKSIZE, KSTKSIZE,
			PADDR(bootstack), PTE_W);
	map_window();
	lcr3(PADDR(kern_pgdir));
	lcr0((rcr0() | CR0_AM | CR0_WP | CR0_NE | CR0_MP) & ~(CR0_TS | CR0_EM));
	check_page_free_list(0);
}

/* --- Checks -------------------------------------------------------------- */

static void
check_page_free_list(bool only_low_memory)
{
	struct PageInfo *pp = page_free_list;

	assert(pp);
	for (; pp; pp = pp->pp_link)
		assert(!pp->pp_ref && (pp < &pages[npages_basemem]
				       || page2kva(pp) >= boot_alloc(0)));
	cprintf("check_page_free_list() succeeded!\n");
}

/* Map a frame twice, and once more with other permissions. */
static void
check_page(void)
{
	void *here = (void *)UTEXT, *there = (void *)(UTEXT + PTSIZE);
	struct PageInfo *pp = page_alloc(0);
	pte_t *pte;

	assert(!page_insert(kern_pgdir, pp, here, PTE_W));
	assert(!page_insert(kern_pgdir, pp, there, PTE_W));
	assert(!page_insert(kern_pgdir, pp, here, PTE_U));
	assert(pp->pp_ref == 2);
	assert(page_lookup(kern_pgdir, here, &pte) == pp && !(*pte & PTE_W));
	page_remove(kern_pgdir, here);
	page_remove(kern_pgdir, there);
	assert(page_free_list == pp);
	page_decref(&pages[PGNUM(kern_pgdir[PDX(here)])]);
	page_decref(&pages[PGNUM(kern_pgdir[PDX(there)])]);
	kern_pgdir[PDX(here)] = kern_pgdir[PDX(there)] = 0;
	cprintf("check_page() succeeded!\n");
}
