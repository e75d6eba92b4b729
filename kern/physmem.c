/*
 * Detect physical memory. Uses the first source that reports memory: the
 * firmware, CMOS, or probing (memsource.c). The monitor's `memmap` prints the
 * reports of all three.
 *
 * Not its job: which frames are free (page.c).
 */

#include <inc/assert.h>
#include <inc/memlayout.h>
#include <inc/stdio.h>
#include <kern/hooks.h>
#include <kern/kaddr.h>
#include <kern/physmem.h>
#include <kern/sections.h>

enum mem_source mem_source;
struct mem_range mem_ranges[MEM_MAX];
int mem_nranges;

size_t npages_basemem;

uint64_t
mem_usable_end(uint64_t pa)
{
	int i;

	for (i = 0; i < mem_nranges; i++)
		if (pa >= mem_ranges[i].start && pa < mem_ranges[i].end)
			return mem_ranges[i].end;
	return pa;
}

/* Count the frames that the window [0, KERNWINSIZE) can map. */
static void
count_pages(void)
{
	npages = mem_end_below(mem_ranges, mem_nranges, KERNWINSIZE) / PGSIZE;
	npages_basemem = mem_end_below(mem_ranges, mem_nranges, IOPHYSMEM)
		/ PGSIZE;
}

static void
print_memory(void)
{
	uint32_t base, total;
	uint64_t unused = 0, start;
	int i;

	if (mem_map_rejected)
		cprintf("The loader's memory map is damaged or too long: not"
			" used\n");
	mem_summary(mem_ranges, mem_nranges, &base, &total);
	cprintf("Physical memory: %uK available, base = %uK, extended = %uK\n",
		total, base, total - base);
	cprintf("Usable ranges, from %s:\n", mem_source_names[mem_source]);
	for (i = 0; i < mem_nranges; i++) {
		start = mem_ranges[i].start;
		cprintf("  0x%09llx - 0x%09llx  %8lluK\n", start,
			mem_ranges[i].end, (mem_ranges[i].end - start) / KIB);
		if (mem_ranges[i].end > KERNWINSIZE)
			unused += mem_ranges[i].end
				- MAX(start, (uint64_t)KERNWINSIZE);
	}
	if (unused)
		cprintf("Not used: %lluK above the %uM window\n",
			unused / KIB, KERNWINSIZE / MIB);
}

void
i386_detect_memory(void)
{
	static struct mem_report reports[MEM_MAX];
	int n;

	for (mem_source = 0; mem_source < MEM_NSOURCES; mem_source++) {
		n = mem_ask(mem_source, reports);
		mem_nranges = mem_normalize(reports, n, mem_ranges, MEM_MAX);
		/* Reject a source without the memory the kernel runs in. */
		if (mem_usable_end(EXTPHYSMEM) >= (uintptr_t)end - KERNBASE)
			break;
	}
	if (mem_source == MEM_NSOURCES)
		panic("no memory found: tried firmware, CMOS, probing (none"
		      " reports enough at 1 MiB for the kernel)");
	count_pages();
	/* Print nothing in a benchmark: printing would be counted. */
	if (!hooks.quiet)
		print_memory();
}
