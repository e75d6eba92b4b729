/*
 * A correct one-file kern/pmap.c of some labs later: it maps environments and a
 * stack for each processor, and has functions for devices and user memory.
 *
 * It also has habits of course files that our pmap.c does not have, and that
 * must not lose points. Its free list begins with the highest frame, until its
 * own check sorts the list. Most functions are not static. Reserved frames keep
 * a reference count. Invalid frames panic. Some helpers have the names of
 * functions in our files.
 */

#include <inc/x86.h>
#include <inc/mmu.h>
#include <inc/error.h>
#include <inc/string.h>
#include <inc/assert.h>

#include <kern/pmap.h>
#include <kern/kclock.h>
#include <kern/env.h>
#include <kern/cpu.h>

size_t npages;
size_t npages_basemem;
pde_t *kern_pgdir;
struct PageInfo *pages;
struct PageInfo *page_free_list;

/* The address of the next device. */
static uintptr_t mmio_at = MMIOBASE;

uint32_t
nvram_read(int reg)
{
	return mc146818_read(reg) + (mc146818_read(reg + 1) << 8);
}

void
i386_detect_memory(void)
{
	uint32_t low_kib = nvram_read(NVRAM_BASELO);
	uint32_t high_kib = nvram_read(NVRAM_EXT16LO) << 6;

	high_kib += high_kib ? 15 * 1024 : nvram_read(NVRAM_EXTLO);
	npages_basemem = low_kib / 4;
	npages = (1024 + high_kib) / 4;
	cprintf("Physical memory: %uK available, base = %uK, extended = %uK\n",
		1024 + high_kib, low_kib, 1024 + high_kib - low_kib);
}

void *
boot_alloc(uint32_t n)
{
	extern char end[];
	static char *top;
	char *start;

	if (!top)
		top = ROUNDUP(end, PGSIZE);
	start = top;
	if (n > npages * PGSIZE - PADDR(top))
		panic("out of memory: %u more bytes\n", n);
	if (n)
		top = ROUNDUP(top + n, PGSIZE);
	return start;
}

/* --- Frames ------------------------------------------------------------ */

/* Our guard.c has a function `guarded`, too; our vmwalk.c, a `window`. */
int
guarded(physaddr_t pa)
{
	if (pa == 0 || pa == MPENTRY_PADDR)
		return 1;
	return pa >= npages_basemem * PGSIZE && pa < PADDR(boot_alloc(0));
}

static struct PageInfo *
window(physaddr_t pa)
{
	return &pages[pa >> PGSHIFT];
}

void
page_init(void)
{
	physaddr_t pa;

	for (pa = 0; pa < npages * PGSIZE; pa += PGSIZE) {
		if (guarded(pa))
			window(pa)->pp_ref = 1;
		else {
			window(pa)->pp_ref = 0;
			window(pa)->pp_link = page_free_list;
			page_free_list = window(pa);
		}
	}
}

struct PageInfo *
page_alloc(int alloc_flags)
{
	struct PageInfo *first = page_free_list;

	if (first == NULL)
		return NULL;
	page_free_list = first->pp_link;
	first->pp_link = NULL;
	if (alloc_flags & ALLOC_ZERO)
		memset(page2kva(first), '\0', PGSIZE);
	return first;
}

void
page_free(struct PageInfo *pp)
{
	if (pp->pp_ref || pp->pp_link)
		panic("page_free: frame %08x is in use or free", page2pa(pp));
	pp->pp_link = page_free_list;
	page_free_list = pp;
}

void
page_decref(struct PageInfo *pp)
{
	if (--pp->pp_ref == 0)
		page_free(pp);
}

/* --- Tables ------------------------------------------------------------ */

pte_t *
pgdir_walk(pde_t *pgdir, const void *va, int create)
{
	struct PageInfo *table;
	pde_t *entry = &pgdir[PDX(va)];

	if ((*entry & PTE_P) == 0) {
		table = create ? page_alloc(ALLOC_ZERO) : NULL;
		if (table == NULL)
			return NULL;
		table->pp_ref = 1;
		*entry = page2pa(table) | PTE_U | PTE_W | PTE_P;
	}
	return (pte_t *)KADDR(PTE_ADDR(*entry)) + PTX(va);
}

void
boot_map_region(pde_t *pgdir, uintptr_t va, size_t size, physaddr_t pa,
		int perm)
{
	size_t done;

	for (done = 0; done < size; done += PGSIZE)
		*pgdir_walk(pgdir, (void *)(va + done), 1)
			= (pa + done) | perm | PTE_P;
}

struct PageInfo *
page_lookup(pde_t *pgdir, void *va, pte_t **pte_store)
{
	pte_t *entry = pgdir_walk(pgdir, va, 0);

	if (pte_store)
		*pte_store = entry;
	return entry && (*entry & PTE_P) ? pa2page(PTE_ADDR(*entry)) : NULL;
}

void
tlb_invalidate(pde_t *pgdir, void *va)
{
	/* The TLB has no translations of other directories. */
	if (!curenv || curenv->env_pgdir == pgdir)
		invlpg(va);
}

void
page_remove(pde_t *pgdir, void *va)
{
	pte_t *entry;
	struct PageInfo *mapped = page_lookup(pgdir, va, &entry);

	if (!mapped)
		return;
	*entry = 0;
	tlb_invalidate(pgdir, va);
	page_decref(mapped);
}

int
page_insert(pde_t *pgdir, struct PageInfo *pp, void *va, int perm)
{
	pte_t *entry = pgdir_walk(pgdir, va, 1);

	if (entry == NULL)
		return -E_NO_MEM;
	if ((*entry & PTE_P) && PTE_ADDR(*entry) == page2pa(pp))
		tlb_invalidate(pgdir, va);
	else {
		page_remove(pgdir, va);
		pp->pp_ref++;
	}
	*entry = page2pa(pp) | perm | PTE_P;
	return 0;
}

void *
mmio_map_region(physaddr_t pa, size_t size)
{
	uintptr_t va = mmio_at;

	size = ROUNDUP(size, PGSIZE);
	if (size > MMIOLIM - mmio_at)
		panic("mmio_map_region: no room for %08x bytes", size);
	boot_map_region(kern_pgdir, va, size, pa, PTE_PCD | PTE_PWT | PTE_W);
	mmio_at += size;
	return (void *)va;
}

/* --- User memory ------------------------------------------------------- */

static uintptr_t user_mem_check_addr;

int
user_mem_check(struct Env *env, const void *va, size_t len, int perm)
{
	uintptr_t at = (uintptr_t)va, last = at + len;
	pte_t *entry;

	for (; at < last; at = ROUNDDOWN(at, PGSIZE) + PGSIZE) {
		entry = pgdir_walk(env->env_pgdir, (void *)at, 0);
		if (at < ULIM && entry
		    && (*entry & (perm | PTE_P)) == (perm | PTE_P))
			continue;
		user_mem_check_addr = at;
		return -E_FAULT;
	}
	return 0;
}

void
user_mem_assert(struct Env *env, const void *va, size_t len, int perm)
{
	if (user_mem_check(env, va, len, perm | PTE_U) == 0)
		return;
	cprintf("[%08x] user_mem_check assertion failure for va %08x\n",
		env->env_id, user_mem_check_addr);
	env_destroy(env);
}

/* --- The kernel's map -------------------------------------------------- */

void check_page_free_list(bool only_low_memory);
void check_kern_pgdir(void);

/* Map a stack and a gap for each processor, downwards from KSTACKTOP. */
static void
mem_init_mp(void)
{
	uintptr_t top = KSTACKTOP;
	int cpu;

	for (cpu = 0; cpu < NCPU; cpu++, top -= KSTKSIZE + KSTKGAP)
		boot_map_region(kern_pgdir, top - KSTKSIZE, KSTKSIZE,
				PADDR(percpu_kstacks[cpu]), PTE_W);
}

void
mem_init(void)
{
	i386_detect_memory();

	kern_pgdir = boot_alloc(PGSIZE);
	memset(kern_pgdir, 0, PGSIZE);
	kern_pgdir[PDX(UVPT)] = PADDR(kern_pgdir) | PTE_U | PTE_P;

	pages = boot_alloc(npages * sizeof(*pages));
	memset(pages, 0, npages * sizeof(*pages));
	envs = boot_alloc(NENV * sizeof(*envs));
	memset(envs, 0, NENV * sizeof(*envs));

	page_init();
	check_page_free_list(1);

	boot_map_region(kern_pgdir, UPAGES, npages * sizeof(*pages),
			PADDR(pages), PTE_U);
	boot_map_region(kern_pgdir, UENVS, NENV * sizeof(*envs), PADDR(envs),
			PTE_U);
	boot_map_region(kern_pgdir, KERNBASE, 0xFFFFFFFF - KERNBASE, 0, PTE_W);
	mem_init_mp();
	check_kern_pgdir();

	lcr3(PADDR(kern_pgdir));
	check_page_free_list(0);
	lcr0((rcr0() | CR0_PE | CR0_PG | CR0_AM | CR0_WP | CR0_NE | CR0_MP)
	     & ~(CR0_TS | CR0_EM));
}

/* --- Checks ------------------------------------------------------------ */

/*
 * Check the free list. With only_low_memory, first move the frames that a
 * course's first page tables map to its front.
 */
void
check_page_free_list(bool only_low_memory)
{
	struct PageInfo *list[2] = { NULL, NULL }, *pp;
	struct PageInfo **hook[2] = { &list[0], &list[1] };

	for (pp = page_free_list; pp && only_low_memory; pp = pp->pp_link) {
		bool high = page2pa(pp) >= 4 * 1024 * 1024;

		*hook[high] = pp;
		hook[high] = &pp->pp_link;
	}
	if (only_low_memory) {
		*hook[1] = NULL;
		*hook[0] = list[1];
		page_free_list = list[0];
	}
	for (pp = page_free_list; pp; pp = pp->pp_link)
		assert(!guarded(page2pa(pp)) && pp->pp_ref == 0);
	cprintf("check_page_free_list() succeeded!\n");
}

static physaddr_t
where(uintptr_t va)
{
	pte_t *entry = pgdir_walk(kern_pgdir, (void *)va, 0);

	return entry && (*entry & PTE_P) ? PTE_ADDR(*entry) : ~0U;
}

void
check_kern_pgdir(void)
{
	uintptr_t stack = KSTACKTOP;
	int cpu;

	for (cpu = 0; cpu < NCPU; cpu++, stack -= KSTKSIZE + KSTKGAP) {
		assert(where(stack - PGSIZE)
		       == PADDR(percpu_kstacks[cpu]) + KSTKSIZE - PGSIZE);
		assert(where(stack - KSTKSIZE - PGSIZE) == ~0U);
	}
	assert(where(KERNBASE) == 0);
	assert(where(0xFFFFF000) == 0x0FFFF000);
	assert(where(UENVS) == PADDR(envs));
	cprintf("check_kern_pgdir() succeeded!\n");
}
