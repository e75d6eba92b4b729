/*
 * The simulated machine. The kernel may access its image, boot_alloc's memory
 * and used frames; AddressSanitizer reports accesses to any other RAM.
 *
 * mmu.c simulates the TLB; model.c predicts the correct state.
 */

#include <inc/string.h>
#include <inc/x86.h>
#include <kern/cpuid.h>
#include <kern/hooks.h>
#include <kern/pmap.h>
#include <kern/vmwalk.h>

#include "host.h"
#include "machine.h"

char ram[RAM_SIZE] __attribute__((aligned(PGSIZE)));

/* In the kernel, these are in physmem.c, cpuid.c and panic.c. */
enum mem_source mem_source;
struct mem_range mem_ranges[MEM_MAX];
int mem_nranges;
size_t npages_basemem;
struct cpu_features cpu_features;
struct hooks hooks;

bool bears_poison[RAM_FRAMES];
char panic_text[256];

static const struct boot *booted;

/* --- Called by the kernel --------------------------------------------- */

void
_panic(const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	(void)file;
	(void)line;
	va_start(ap, fmt);
	vsnprintf(panic_text, sizeof(panic_text), fmt, ap);
	va_end(ap);
	give_up();
}

uint64_t
mem_usable_end(uint64_t pa)
{
	int i;

	for (i = 0; i < mem_nranges; i++)
		if (mem_ranges[i].start <= pa && pa < mem_ranges[i].end)
			return mem_ranges[i].end;
	return pa;
}

/* The model compares every entry of the map. */
void
vm_must_run(const pde_t *pgdir)
{
	(void)pgdir;
}

ppn_t
machine_npages(const struct boot *boot)
{
	uint64_t top = 0;
	int i;

	for (i = 0; i < boot->nranges; i++)
		if (boot->ranges[i].start < KERNWINSIZE)
			top = MIN(boot->ranges[i].end, (uint64_t)KERNWINSIZE);
	return top / PGSIZE;
}

void
i386_detect_memory(void)
{
	mem_nranges = booted->nranges;
	memcpy(mem_ranges, booted->ranges, sizeof(booted->ranges));
	npages = machine_npages(booted);
	npages_basemem = MIN(npages, (size_t)IOPHYSMEM / PGSIZE);
}

void
stosl(void *dst, uint32_t value, size_t count)
{
	uintptr_t pa = (uintptr_t)dst - WINDOW;
	ppn_t n = pa / PGSIZE;

	if (!count)
		return;
	if (pa >= npages * PGSIZE || pa % PGSIZE + count * 4 > PGSIZE)
		fail("filling a frame", "writes nothing beyond it",
		     "one frame of RAM", "%zu words at physical 0x%llx", count,
		     (unsigned long long)pa);
	if (pages[n].pp_ref || pages[n].pp_state == PG_RESERVED)
		fail("filling a frame", "the frame is not in use",
		     "count 0, not reserved", "frame %u: count %u, state %u",
		     n, pages[n].pp_ref, pages[n].pp_state);
	allow(dst, count * 4);
	fill(dst, value, count);
	if (pages[n].pp_state == PG_FREE)
		forbid(dst, count * 4);
}

/* --- Wrappers of page.c -------------------------------------------------- */

static bool
is_frame(const struct PageInfo *pp)
{
	uintptr_t offset = (uintptr_t)pp - (uintptr_t)pages;

	return offset / sizeof(*pp) < npages && offset % sizeof(*pp) == 0;
}

static char *
frame_at(const struct PageInfo *pp)
{
	return ram + (size_t)(pp - pages) * PGSIZE;
}

struct PageInfo *
page_alloc(int alloc_flags)
{
	struct PageInfo *head = page_free_list, *pp;

	/* page.c checks the poison before it returns the frame. */
	if (is_frame(head)) {
		allow(frame_at(head), PGSIZE);
		if (!bears_poison[head - pages])
			fill(frame_at(head), GARBAGE, PGSIZE / 4);
	}
	pp = kernel_page_alloc(alloc_flags);
	if (is_frame(head))
		bears_poison[head - pages] = false;
	if (pp != head)
		fail("page_alloc", "takes the first frame off the list",
		     "the list's head", "%p instead of %p", (void *)pp,
		     (void *)head);
	return pp;
}

/* After a call that may have freed pp: forbid access to it. */
static void
watch_freed(struct PageInfo *pp)
{
	if (!is_frame(pp) || pp->pp_state != PG_FREE)
		return;
	forbid(frame_at(pp), PGSIZE);
	bears_poison[pp - pages] = POISON && page2pa(pp) < window_mapped;
}

void
page_free(struct PageInfo *pp)
{
	kernel_page_free(pp);
	watch_freed(pp);
}

void
page_decref(struct PageInfo *pp)
{
	kernel_page_decref(pp);
	watch_freed(pp);
}

void *
boot_alloc(uint32_t n)
{
	char *start = kernel_boot_alloc(n);

	/* Exactly n: the caller may not use the bytes added by rounding. */
	allow(start, n);
	return start;
}

/* --- Setting up -------------------------------------------------------- */

uint32_t *
machine_word(physaddr_t pa)
{
	if (pa >= npages * PGSIZE || pa % 4)
		fail("a table", "is in RAM", "an address below npages",
		     "0x%08x of %zu frames", pa, npages);
	return (uint32_t *)(ram + pa);
}

/* The memory that boot_alloc may return, and some after it. */
#define BOOT_PART	(RAM_FRAMES * sizeof(struct PageInfo) + 7 * PGSIZE)

void
machine_reset(const struct boot *boot)
{
	static ppn_t dirty = RAM_FRAMES;
	char *given = ROUNDUP(kernel_end, PGSIZE);

	/* Reset only the RAM of the last sequence, to be fast. */
	forbid(ram, (size_t)dirty * PGSIZE);
	dirty = machine_npages(boot);
	allow(ram + EXTPHYSMEM, (uintptr_t)kernel_end - WINDOW - EXTPHYSMEM);
	clear(bears_poison, sizeof(bears_poison));

	/* boot_alloc does not clear memory: its contents are undefined. */
	allow(given, BOOT_PART);
	fill(given, GARBAGE, BOOT_PART / 4);
	forbid(given, BOOT_PART);

	kernel_page_reset();
	kern_pgdir = NULL;
	mmio_next = MMIOBASE;
	booted = boot;
	npages = 0;
	cpu_features = (struct cpu_features) {
		.cpuid = true, .pse = boot->pse, .pge = boot->pge
	};
}
