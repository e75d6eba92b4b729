/*
 * Lab 2 in one file, as students of a course submit it: physical memory,
 * frames, page tables, and the checks that mem_init runs in between.
 *
 * It includes only a course's headers, and is written only from the contracts
 * of these functions. `make grade-solution` must find no error here, and must
 * find each bug of bugs.txt.
 */

#include <inc/x86.h>
#include <inc/mmu.h>
#include <inc/error.h>
#include <inc/string.h>
#include <inc/assert.h>

#include <kern/pmap.h>
#include <kern/kclock.h>

/* The number of frames: of all memory, and below the I/O hole. */
size_t npages;
static size_t npages_basemem;

pde_t *kern_pgdir;
struct PageInfo *pages;
static struct PageInfo *page_free_list;

/* --- The size of memory ------------------------------------------------ */

static unsigned
nvram_read(int reg)
{
	unsigned low = mc146818_read(reg);
	unsigned high = mc146818_read(reg + 1);

	return high * 256 + low;
}

static void
i386_detect_memory(void)
{
	/* Sizes in KiB. EXT16 counts from 16 MiB, in units of 64 KiB. */
	unsigned base = nvram_read(NVRAM_BASELO);
	unsigned above_1m = nvram_read(NVRAM_EXTLO);
	unsigned above_16m = nvram_read(NVRAM_EXT16LO) * 64;
	unsigned total = base;

	if (above_16m)
		total = 16 * 1024 + above_16m;
	else if (above_1m)
		total = 1024 + above_1m;

	npages = total / (PGSIZE / 1024);
	npages_basemem = base / (PGSIZE / 1024);
	cprintf("Physical memory: %uK available, base = %uK, extended = %uK\n",
		total, base, total - base);
}

/* --- Memory before page_init ------------------------------------------- */

/*
 * Allocate n bytes after the kernel, in whole pages. With n = 0, only return
 * the address of the next allocation. next is 0 before the first call.
 */
static void *
boot_alloc(uint32_t n)
{
	extern char end[];
	static uintptr_t next;
	uintptr_t given;

	if (next == 0)
		next = ROUNDUP((uintptr_t)end, PGSIZE);
	given = next;
	next += ROUNDUP(n, PGSIZE);
	if ((next - KERNBASE) / PGSIZE > npages)
		panic("boot_alloc: no room for %u bytes", n);
	return (void *)given;
}

/* --- Frames ------------------------------------------------------------ */

/* True if frame n is in use at boot, or is not RAM. */
static bool
is_taken(size_t n)
{
	size_t first_behind_kernel = PGNUM(PADDR(boot_alloc(0)));

	if (n == 0)
		return true;
	return n >= npages_basemem && n < first_behind_kernel;
}

void
page_init(void)
{
	size_t n = npages;

	/* Go down, so that the lowest frame is the first of the list. */
	while (n-- > 0) {
		if (is_taken(n))
			continue;
		pages[n].pp_link = page_free_list;
		page_free_list = &pages[n];
	}
}

/*
 * Take a frame off the free list; NULL if it is empty. Does not count a
 * reference. Its pp_link becomes NULL, as page_free and its callers expect.
 */
struct PageInfo *
page_alloc(int alloc_flags)
{
	struct PageInfo *pp = page_free_list;

	if (pp) {
		page_free_list = pp->pp_link;
		pp->pp_link = NULL;
		if (alloc_flags & ALLOC_ZERO)
			memset(page2kva(pp), 0, PGSIZE);
	}
	return pp;
}

void
page_free(struct PageInfo *pp)
{
	pp->pp_link = page_free_list;
	page_free_list = pp;
}

void
page_decref(struct PageInfo *pp)
{
	pp->pp_ref--;
	if (pp->pp_ref == 0)
		page_free(pp);
}

/* --- Page tables ------------------------------------------------------- */

/* Set *pde to an empty table. False if there is no free frame. */
static bool
new_table(pde_t *pde)
{
	struct PageInfo *pp = page_alloc(ALLOC_ZERO);

	if (!pp)
		return false;
	pp->pp_ref++;
	/* The table's own entries restrict the permissions. */
	*pde = page2pa(pp) | PTE_P | PTE_W | PTE_U;
	return true;
}

pte_t *
pgdir_walk(pde_t *pgdir, const void *va, int create)
{
	pde_t *pde = pgdir + PDX(va);
	pte_t *table;

	if (!(*pde & PTE_P)) {
		if (!create)
			return NULL;
		if (!new_table(pde))
			return NULL;
	}
	table = KADDR(PTE_ADDR(*pde));
	return &table[PTX(va)];
}

static void
boot_map_region(pde_t *pgdir, uintptr_t va, size_t size, physaddr_t pa,
		int perm)
{
	size_t left = size / PGSIZE;
	pte_t *pte;

	/* Count pages: addresses wrap if the region ends at 4 GiB. */
	while (left > 0) {
		pte = pgdir_walk(pgdir, (void *)va, 1);
		if (!pte)
			panic("boot_map_region: no memory for tables");
		*pte = pa | perm | PTE_P;
		va += PGSIZE;
		pa += PGSIZE;
		left--;
	}
}

struct PageInfo *
page_lookup(pde_t *pgdir, void *va, pte_t **pte_store)
{
	pte_t *pte = pgdir_walk(pgdir, va, 0);

	if (!pte)
		return NULL;
	if (!(*pte & PTE_P))
		return NULL;
	if (pte_store)
		*pte_store = pte;
	return pa2page(PTE_ADDR(*pte));
}

void
tlb_invalidate(pde_t *pgdir, void *va)
{
	invlpg(va);
}

void
page_remove(pde_t *pgdir, void *va)
{
	pte_t *pte;
	struct PageInfo *pp = page_lookup(pgdir, va, &pte);

	if (pp) {
		*pte = 0;
		tlb_invalidate(pgdir, va);
		page_decref(pp);
	}
}

int
page_insert(pde_t *pgdir, struct PageInfo *pp, void *va, int perm)
{
	pte_t *pte = pgdir_walk(pgdir, va, 1);

	if (!pte)
		return -E_NO_MEM;
	/* Count before the removal: va may map this page already. */
	pp->pp_ref++;
	page_remove(pgdir, va);
	*pte = page2pa(pp) | perm | PTE_P;
	return 0;
}

/* --- The kernel's map -------------------------------------------------- */

static void check_page_free_list(bool only_low_memory);
static void check_page_alloc(void);
static void check_page(void);
static void check_kern_pgdir(void);
static void check_page_installed_pgdir(void);

void
mem_init(void)
{
	size_t bytes;
	uint32_t cr0;

	i386_detect_memory();

	/* Users may read the directory at UVPT. */
	kern_pgdir = boot_alloc(PGSIZE);
	memset(kern_pgdir, 0, PGSIZE);
	kern_pgdir[PDX(UVPT)] = PADDR(kern_pgdir) | PTE_U | PTE_P;

	bytes = npages * sizeof(struct PageInfo);
	pages = boot_alloc(bytes);
	memset(pages, 0, bytes);
	page_init();
	check_page_free_list(1);
	check_page_alloc();
	check_page();

	/* Leave the rest unmapped, especially the gap below the stack. */
	boot_map_region(kern_pgdir, UPAGES, ROUNDUP(bytes, PGSIZE),
			PADDR(pages), PTE_U);
	boot_map_region(kern_pgdir, KSTACKTOP - KSTKSIZE, KSTKSIZE,
			PADDR(bootstack), PTE_W);
	boot_map_region(kern_pgdir, KERNBASE, 0 - KERNBASE, 0, PTE_W);
	check_kern_pgdir();

	lcr3(PADDR(kern_pgdir));
	check_page_free_list(0);

	/* Apply read-only pages to the kernel, too. Allow x87 instructions. */
	cr0 = rcr0();
	cr0 |= CR0_PE | CR0_PG | CR0_AM | CR0_WP | CR0_NE | CR0_MP;
	cr0 &= ~(CR0_TS | CR0_EM);
	lcr0(cr0);
	check_page_installed_pgdir();
}

/* --- Checks ------------------------------------------------------------ */

/*
 * Check that the free list has frames, and none that is in use. Fill each with
 * junk, to detect code that forgets to clear. With only_low_memory, fill only
 * those that the first page tables map.
 */
static void
check_page_free_list(bool only_low_memory)
{
	char *behind_kernel = boot_alloc(0);
	struct PageInfo *pp;
	size_t low = 0, high = 0;

	for (pp = page_free_list; pp; pp = pp->pp_link) {
		assert(pp >= pages && pp < pages + npages);
		assert(((char *)pp - (char *)pages) % sizeof(*pp) == 0);
		assert(page2pa(pp) != 0);
		if (page2pa(pp) < EXTPHYSMEM) {
			assert(page2pa(pp) < IOPHYSMEM);
			low++;
		} else {
			assert((char *)page2kva(pp) >= behind_kernel);
			high++;
		}
		if (!only_low_memory || PDX(page2pa(pp)) == 0)
			memset(page2kva(pp), 0xC5, 64);
	}
	assert(low > 0 && high > 0);
	cprintf("check_page_free_list() succeeded!\n");
}

static size_t
free_frames(void)
{
	struct PageInfo *pp;
	size_t n = 0;

	for (pp = page_free_list; pp; pp = pp->pp_link)
		n++;
	return n;
}

/* Check allocation, an empty list, freeing, and ALLOC_ZERO. */
static void
check_page_alloc(void)
{
	struct PageInfo *got[4], *hidden;
	size_t before = free_frames();
	unsigned char *byte;
	int i;

	for (i = 0; i < 4; i++) {
		got[i] = page_alloc(0);
		assert(got[i] && got[i]->pp_ref == 0);
		assert(i == 0 || got[i] != got[i - 1]);
	}
	hidden = page_free_list;
	page_free_list = NULL;
	assert(!page_alloc(0));
	page_free(got[3]);
	memset(page2kva(got[3]), 0xC5, PGSIZE);
	assert(page_alloc(ALLOC_ZERO) == got[3]);
	byte = page2kva(got[3]);
	for (i = 0; i < PGSIZE; i++)
		assert(byte[i] == 0);
	page_free_list = hidden;
	for (i = 0; i < 4; i++)
		page_free(got[i]);
	assert(free_frames() == before);
	cprintf("check_page_alloc() succeeded!\n");
}

/* Return the physical page that va is mapped to in pgdir; ~0 if it is not. */
static physaddr_t
check_va2pa(pde_t *pgdir, uintptr_t va)
{
	pde_t pde = pgdir[va >> 22];
	pte_t pte;

	if (!(pde & PTE_P))
		return ~0U;
	pte = ((pte_t *)KADDR(PTE_ADDR(pde)))[va >> 12 & 1023];
	return pte & PTE_P ? PTE_ADDR(pte) : ~0U;
}

/* Map two frames at two addresses, under one new table. */
static void
check_page(void)
{
	char *here = (char *)UTEXT, *there = here + 3 * PGSIZE;
	struct PageInfo *a = page_alloc(0), *b = page_alloc(0), *hidden;
	pte_t *pte;

	assert(a && b);
	hidden = page_free_list;
	page_free_list = NULL;
	assert(page_insert(kern_pgdir, a, here, PTE_W) == -E_NO_MEM);
	assert(a->pp_ref == 0);
	page_free_list = hidden;

	assert(page_insert(kern_pgdir, a, here, PTE_W) == 0);
	assert(page_insert(kern_pgdir, a, there, PTE_U) == 0);
	assert(check_va2pa(kern_pgdir, (uintptr_t)here) == page2pa(a));
	assert(a->pp_ref == 2);
	assert(page_lookup(kern_pgdir, there, &pte) == a);
	assert(*pte == (page2pa(a) | PTE_U | PTE_P));

	assert(page_insert(kern_pgdir, a, there, PTE_W) == 0);
	assert(a->pp_ref == 2 && (*pte & PTE_W));
	assert(page_insert(kern_pgdir, b, here, PTE_W) == 0);
	assert(a->pp_ref == 1 && b->pp_ref == 1);
	page_remove(kern_pgdir, there);
	assert(check_va2pa(kern_pgdir, (uintptr_t)there) == ~0U);
	assert(page_free_list == a);
	page_remove(kern_pgdir, here);
	assert(page_free_list == b);

	page_decref(pa2page(PTE_ADDR(kern_pgdir[PDX(here)])));
	kern_pgdir[PDX(here)] = 0;
	cprintf("check_page() succeeded!\n");
}

static void
check_kern_pgdir(void)
{
	uint32_t offset;
	size_t i;

	for (offset = 0; offset < npages * sizeof(*pages); offset += PGSIZE)
		assert(check_va2pa(kern_pgdir, UPAGES + offset)
		       == PADDR(pages) + offset);
	for (i = 0; i < npages; i++)
		assert(check_va2pa(kern_pgdir, KERNBASE + i * PGSIZE)
		       == i * PGSIZE);
	for (offset = PGSIZE; offset <= KSTKSIZE; offset += PGSIZE)
		assert(check_va2pa(kern_pgdir, KSTACKTOP - offset)
		       == PADDR(bootstacktop) - offset);
	assert(check_va2pa(kern_pgdir, KSTACKTOP - KSTKSIZE - PGSIZE) == ~0U);
	for (i = 0; i < PDX(UPAGES); i++)
		assert(kern_pgdir[i] == 0);
	cprintf("check_kern_pgdir() succeeded!\n");
}

/* Check that page_insert and page_remove take effect at once. */
static void
check_page_installed_pgdir(void)
{
	volatile uint32_t *word = (uint32_t *)UTEXT;
	struct PageInfo *a = page_alloc(ALLOC_ZERO), *b = page_alloc(ALLOC_ZERO);

	assert(a && b);
	assert(page_insert(kern_pgdir, a, (void *)UTEXT, PTE_W) == 0);
	*word = 0xA0A0A0A0;
	assert(*(uint32_t *)page2kva(a) == 0xA0A0A0A0);
	assert(page_insert(kern_pgdir, b, (void *)UTEXT, PTE_W) == 0);
	assert(*word == 0);
	*word = 0xB0B0B0B0;
	assert(*(uint32_t *)page2kva(b) == 0xB0B0B0B0);
	page_remove(kern_pgdir, (void *)UTEXT);
	assert(b->pp_ref == 0);
	page_decref(pa2page(PTE_ADDR(kern_pgdir[PDX(UTEXT)])));
	kern_pgdir[PDX(UTEXT)] = 0;
	cprintf("check_page_installed_pgdir() succeeded!\n");
}
