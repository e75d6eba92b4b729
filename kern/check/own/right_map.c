/*
 * The kernel's map, made by hand: for the checks that come after a mem_init
 * whose own map is wrong or not loaded.
 *
 * Shares no code with pmap.c. The tables are not frames of the allocator, so
 * nothing has to be free.
 *
 * Limits: needs 4 MiB pages, as all processors since the Pentium have them.
 */

#include <inc/env.h>
#include <inc/string.h>
#include <inc/x86.h>
#include <kern/check/interface.h>
#include <kern/check/own/right_map.h>
#include <kern/cpuid.h>
#include <kern/sections.h>

/* For UPAGES, UENVS, the kernel stacks and the first 4 MiB of the window. */
static pte_t tables[4][NPTENTRIES] __attribute__((aligned(PGSIZE)));
_Static_assert(PDX(DFSTACKTOP - KSTKSIZE) == PDX(KSTACKTOP - 1),
	       "both stacks are in one table");

/* The CR3 that mem_init left; 0 if it has not returned. */
static uint32_t first_cr3;

static physaddr_t
image_pa(const void *kva)
{
	return (uintptr_t)kva - KERNBASE;
}

/* True if [kva, kva + size) is whole pages of RAM after the kernel image. */
static bool
after_the_kernel(const void *kva, size_t size)
{
	return (uintptr_t)kva >= (uintptr_t)end && (uintptr_t)kva % PGSIZE == 0
		&& image_pa(kva) + size <= npages * PGSIZE;
}

/* Map size bytes at va to those at pa, in tables[i]. */
static void
map(size_t i, uintptr_t va, size_t size, physaddr_t pa, uint32_t flags)
{
	size_t n = (size + PGSIZE - 1) / PGSIZE;

	kern_pgdir[PDX(va)] = image_pa(tables[i]) | PTE_P | PTE_W
		| (va < ULIM ? PTE_U : 0);
	while (n--)
		tables[i][PTX(va) + n] = (pa + n * PGSIZE) | flags | PTE_P;
}

void
right_map_begin(void)
{
	pde_t self = kern_pgdir[PDX(UVPT)];

	if (!after_the_kernel(kern_pgdir, PGSIZE))
		return;
	memset(kern_pgdir, 0, PGSIZE);
	/* It is judged with the map. */
	kern_pgdir[PDX(UVPT)] = self;
}

bool
right_map_make(void)
{
	uint32_t g = cpu_features.pge ? PTE_G : 0, i;

	if (!cpu_features.pse || (uintptr_t)erodata > KERNBASE + PTSIZE
	    || !after_the_kernel(kern_pgdir, PGSIZE)
	    || !after_the_kernel(pages, npages * sizeof(*pages))
	    || !after_the_kernel(envs, NENV * sizeof(*envs)))
		return false;
	memset(kern_pgdir, 0, PGSIZE);
	kern_pgdir[PDX(UVPT)] = image_pa(kern_pgdir) | PTE_P | PTE_U;
	memset(tables, 0, sizeof(tables));
	map(0, UPAGES, npages * sizeof(*pages), image_pa(pages), PTE_U);
	map(1, UENVS, NENV * sizeof(*envs), image_pa(envs), PTE_U);
	map(2, KSTACKTOP - KSTKSIZE, KSTKSIZE, image_pa(bootstack),
	    PTE_W | g);
	map(2, DFSTACKTOP - KSTKSIZE, KSTKSIZE, image_pa(df_stack),
	    PTE_W | g);
	for (i = 1; i < KERNWINSIZE / PTSIZE; i++)
		kern_pgdir[PDX(KERNBASE) + i] = i * PTSIZE | PTE_P | PTE_W
			| PTE_PS | g;
	map(3, KERNBASE, PTSIZE, 0, PTE_W | g);
	map(3, (uintptr_t)stext, erodata - stext, image_pa(stext), g);
	return true;
}

void
right_map_load(void)
{
	first_cr3 = rcr3();
	if (PTE_ADDR(first_cr3) != image_pa(kern_pgdir))
		lcr3(image_pa(kern_pgdir));
}

uint32_t
right_map_first_cr3(void)
{
	return first_cr3 ? first_cr3 : rcr3();
}
