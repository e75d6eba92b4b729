/*
 * A correct one-file kern/pmap.c of the years before `struct PageInfo`. It
 * detects at most 64 MiB, does not clear `pages`, leaves the link of an
 * allocated frame, and maps devices at their physical address.
 *
 * It also has habits of course files that must not lose points. It frees to the
 * end of the list, and keeps a pointer to the last frame. It takes a lock for
 * the list. It relies on prototypes in its author's header, and uses names that
 * only our headers have. It has plain inline functions, goto, and debug output.
 */

#include <inc/x86.h>
#include <inc/mmu.h>
#include <inc/error.h>
#include <inc/string.h>
#include <inc/queue.h>

#include <kern/pmap.h>
#include <kern/kclock.h>
#include <kern/env.h>
#include <kern/cpu.h>
#include <kern/hidden.h>
#include "kern/spinlock.h"

#define DEBUG		1
#define dprintf(...)	do { if (DEBUG) cprintf(__VA_ARGS__); } while (0)
#define MIN(a, b)	((a) < (b) ? (a) : (b))
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof(*(a)))

enum frame_kind { PG_FREE, PG_USED, PG_RESERVED };

size_t npages;
static size_t npages_basemem;
pde_t *kern_pgdir;
struct Page *pages;
static struct Page *page_free_list, *page_free_last;
static struct spinlock list_lock = { .locked = 0, .name = "list_lock" };
int halt, window_mapped;

inline int
max(int a, int b)
{
	return a > b ? a : b;
}

inline void
cli(void)
{
	asm volatile("cli");
}

static int
nvram_read(int reg)
{
	return mc146818_read(reg) | mc146818_read(reg + 1) << 8;
}

static void
i386_detect_memory(void)
{
	uint64_t bytes = nvram_read(NVRAM_EXTLO) * 1024ULL, unit = PGSIZE;
	size_t extended = bytes / unit;

	npages_basemem = nvram_read(NVRAM_BASELO) / 4;
	npages = extended ? EXTPHYSMEM / PGSIZE + extended : npages_basemem;
	cprintf("Physical memory: %uK available, base = %uK, extended = %uK\n",
		npages * 4, npages_basemem * 4, extended * 4);
}

static void *
boot_alloc(uint32_t n)
{
	static char *at;
	char *given;

	if (at == NULL) {
		extern char end[];
		at = ROUNDUP((char *)end, PGSIZE);
	}
	given = at;
	at += ROUNDUP(n, PGSIZE);
	assert((physaddr_t)at - KERNBASE <= npages * PGSIZE);
	if (n)
		dprintf("boot_alloc(%d) = %p\n", n, given);
	return given;
}

/* --- Frames ------------------------------------------------------------ */

static enum frame_kind
kind_of(physaddr_t pa)
{
	extern unsigned char mpentry_start[], mpentry_end[];
	size_t ap = ROUNDUP(mpentry_end - mpentry_start, PGSIZE);

	if (pa == 0 || (pa >= MPENTRY_PADDR && pa < MPENTRY_PADDR + ap))
		return PG_RESERVED;
	if (pa / PGSIZE >= npages_basemem && pa < PADDR(boot_alloc(0)))
		return PG_USED;
	return PG_FREE;
}

void
page_init(void)
{
	size_t i = 0;

next:
	pages[i].pp_ref = 0;
	if (kind_of(i * PGSIZE) == PG_FREE)
		put_last(&pages[i]);
	if (++i < npages)
		goto next;
}

/* Declared in the author's kern/pmap.h. */
static void
put_last(struct Page *pp)
{
	pp->pp_link = NULL;
	if (page_free_list)
		page_free_last->pp_link = pp;
	else
		page_free_list = pp;
	page_free_last = pp;
}

struct Page *
take_first(void)
{
	struct Page *pp;

	spin_lock(&list_lock);
	if ((pp = page_free_list))
		page_free_list = pp->pp_link;
	spin_unlock(&list_lock);
	return pp;
}

struct Page *
page_alloc(int alloc_flags)
{
	struct Page *pp = take_first();

	if (pp && (alloc_flags && ALLOC_ZERO))
		memset(page2kva(pp), 0, PGSIZE);
	return pp;
}

void
page_free(struct Page *pp)
{
	if (pp->pp_ref) {
		cprintf("page_free: frame %08x is in use\n", page2pa(pp));
		return;
	}
	spin_lock(&list_lock);
	put_last(pp);
	spin_unlock(&list_lock);
}

void
page_decref(struct Page *pp)
{
	if (--pp->pp_ref == 0)
		page_free(pp);
}

/* --- Tables ------------------------------------------------------------ */

pte_t *
pgdir_walk(pde_t *pgdir, const void *va, int create)
{
	pde_t *pde = &pgdir[PDX(va)];
	/* Correct if an entry that is not present is 0. */
	pte_t *table = KADDR(PTE_ADDR(*pde));
	struct Page *pp;

	assert(pgdir);
	if (*pde & PTE_P)
		goto out;
	if (!create || !(pp = page_alloc(ALLOC_ZERO)))
		return NULL;
	pp->pp_ref++;
	table = page2kva(pp);
	*pde = page2pa(pp) | PTE_P | PTE_W | PTE_U;
	/* The first page tables of its course map only 4 MiB. */
	if (rcr3() != PADDR(kern_pgdir) && page2pa(pp) >= 4 << 20)
		panic("pgdir_walk: no mapped memory\n");
out:
	return table + PTX(va);
}

struct Page *
page_lookup(pde_t *pgdir, void *va, pte_t **pte_store)
{
	pte_t *pte = pgdir_walk(pgdir, va, 0);

	if (pte_store)
		*pte_store = pte;
	return pte && (*pte & PTE_P) ? pa2page(*pte) : NULL;
}

void
tlb_invalidate(pde_t *pgdir, void *va)
{
	if (!curenv || curenv->env_pgdir == pgdir)
		invlpg(va);
}

void
page_remove(pde_t *pgdir, void *va)
{
	pte_t *pte;
	struct Page *pp = page_lookup(pgdir, va, &pte);

	if (pp) {
		page_decref(pp);
		*pte = 0;
		tlb_invalidate(pgdir, va);
	}
}

int
page_insert(pde_t *pgdir, struct Page *pp, void *va, int perm)
{
	pte_t *pte;

	pp->pp_ref++;
	page_remove(pgdir, va);
	pte = pgdir_walk(pgdir, va, PTE_P | PTE_W);
	if (!pte) {
		pp->pp_ref--;
		return -E_NO_MEM;
	}
	*pte = PTE_ADDR(page2pa(pp)) | PGOFF(perm | PTE_P);
	pgdir[PDX(va)] |= perm;
	return 0;
}

void
boot_map_region(pde_t *pgdir, uintptr_t va, size_t size, physaddr_t pa,
		int perm)
{
	pte_t *pte;
	size_t offset;

	assert(size > 0 && size % PGSIZE == 0);
	for (offset = 0; offset < size; offset += PGSIZE) {
		pte = pgdir_walk(pgdir, (void *)(va + offset), 1);
		if (!pte)
			panic("boot_map_region: no memory\n");
		*pte = (pa + offset) | perm | PTE_P;
	}
}

/* --- The kernel's map -------------------------------------------------- */

static void check_page_free_list(bool only_low_memory);
static void check_n_pages(void);

/* Map with page_insert, which counts references. */
static void
show(uintptr_t va, void *what, size_t size, int perm)
{
	char *from = what;
	size_t at;

	for (at = 0; at < size; at += PGSIZE)
		page_insert(kern_pgdir, pa2page(PADDR(from + at)),
			    (void *)(va + at), perm);
}

static void
mem_init_mp(void)
{
	int i;

	boot_map_region(kern_pgdir, IOMEMBASE, -IOMEMBASE, IOMEM_PADDR, PTE_W);
	for (i = 0; i < NCPU; i++)
		show(KSTACKTOP - i * (KSTKSIZE + KSTKGAP) - KSTKSIZE,
		     percpu_kstacks[i], KSTKSIZE, PTE_W);
}

void
mem_init(void)
{
	i386_detect_memory();
	kern_pgdir = boot_alloc(PGSIZE);
	memset(kern_pgdir, 0, PGSIZE);
	kern_pgdir[PDX(UVPT)] = PADDR(kern_pgdir) | PTE_U | PTE_P;
	pages = boot_alloc(npages * sizeof(struct Page));
	envs = boot_alloc(NENV * sizeof(struct Env));

	page_init();
	check_page_free_list(1);
	check_n_pages();

	show(UPAGES, pages, npages * sizeof(struct Page), PTE_U);
	show(UENVS, envs, NENV * sizeof(struct Env), PTE_U);
	boot_map_region(kern_pgdir, KERNBASE,
			ROUNDUP(IOMEMBASE - KERNBASE, 3 * PGSIZE / 3), 0, PTE_W);
	mem_init_mp();

	lcr3(PADDR(kern_pgdir));
	check_page_free_list(0);
	lcr0(rcr0() | CR0_PE | CR0_PG | CR0_AM | CR0_WP | CR0_NE | CR0_MP);
	hidden_test_cases();
}

/* --- Checks ------------------------------------------------------------ */

/* Check the free list. With only_low_memory, move frames below 4 MiB first. */
static void
check_page_free_list(bool only_low_memory)
{
	struct Page *pp, *low = NULL, *high = NULL, *last;
	struct Page **to_low = &low, **to_high = &high;

	if (!page_free_list)
		panic("no free frames\n");
	for (pp = page_free_list; pp; last = pp, pp = pp->pp_link) {
		assert(kind_of(page2pa(pp)) == PG_FREE);
		if (page2pa(pp) < 4 << 20) {
			*to_low = pp;
			to_low = &pp->pp_link;
		} else {
			*to_high = pp;
			to_high = &pp->pp_link;
		}
	}
	if (only_low_memory) {
		*to_high = NULL;
		*to_low = high;
		page_free_list = low;
		page_free_last = high ? (struct Page *)to_high
			: (struct Page *)to_low;
	}
	cprintf("check_page_free_list() succeeded!\n");
}

/* A check that only some files have. It must be skipped like the others. */
static void
check_n_pages(void)
{
	struct Page *list = page_free_list, *last = page_free_last, *some[3];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(some); i++)
		assert((some[i] = page_alloc(0)));
	assert(max(some[1] - some[0], 0) == 1);
	some[2]->pp_link = NULL;
	some[1]->pp_link = some[2];
	for (i = 0; i < ARRAY_SIZE(some); i++)
		assert(page2pa(some[i]) == MIN(page2pa(some[i]), 4u << 20));
	/* Restore the list. */
	some[2]->pp_link = page_free_list;
	page_free_list = list;
	page_free_last = last;
	cprintf("check_n_pages() succeeded!\n");
}
