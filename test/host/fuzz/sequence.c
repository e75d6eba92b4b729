/* Decode a sequence: a machine, its boot, operations. */

#include <inc/env.h>
#include <inc/string.h>
#include <inc/x86.h>
#include <kern/cpuid.h>
#include <kern/pmap.h>

#include "host.h"
#include "ops.h"
#include "sequence.h"

unsigned long sequence_operations, sequences;
void (*sequence_feature)(unsigned what);
size_t *sequence_begun;

_Static_assert(SEQUENCE_RECORD == RECORD, "drivers know a record's size");

/* --- The machine ------------------------------------------------------- */

/* The bound of a range: an important address, or one near it. */
static uint64_t
bound(const uint8_t *b)
{
	const uint64_t anchors[] = {
		0, PGSIZE, 0x9FC00, IOPHYSMEM, EXTPHYSMEM, PADDR(kernel_end),
		PADDR(ROUNDUP(kernel_end, PGSIZE)), EXTPHYSMEM + PTSIZE / 8,
		EXTPHYSMEM + PTSIZE / 4, PTSIZE, ENTRY_MAPPED, RAM_SIZE,
		KERNWINSIZE, (uint64_t)1 << 32, (uint64_t)5 << 30,
	};
	static const uint16_t units[] = { 1, 511, PGSIZE, 8 * PGSIZE };
	int64_t at = anchors[b[0] % ARRAY_SIZE(anchors)]
		+ (int64_t)(int8_t)b[1] * units[(b[0] >> 6)
						% ARRAY_SIZE(units)];

	if (at < 0)
		at = 0;
	/* RAM can end between these two, but `ram` does not reach there. */
	if (at > RAM_SIZE && at < KERNWINSIZE)
		at = RAM_SIZE;
	return at;
}

/* A map with holes in unusual places. */
static void
odd_map(struct boot *boot, const uint8_t *b)
{
	uint64_t bounds[2 * BOOT_RANGES], t;
	uint64_t last_end = 0;
	int i, k, n = 2 * (b[0] % BOOT_RANGES + 1);

	for (i = 0; i < n; i++) {
		t = bound(&b[1 + 2 * i]);
		for (k = i; k && bounds[k - 1] > t; k--)
			bounds[k] = bounds[k - 1];
		bounds[k] = t;
	}
	for (i = 0; i < n; i += 2) {
		if (bounds[i] <= RAM_SIZE && bounds[i + 1] > RAM_SIZE)
			bounds[i + 1] = RAM_SIZE;
		if (bounds[i] == bounds[i + 1]
		    || (boot->nranges && last_end >= bounds[i]))
			continue;
		boot->ranges[boot->nranges++] = (struct mem_range) {
			bounds[i], bounds[i + 1]
		};
		last_end = bounds[i + 1];
	}
}

/* The memory map of most machines. */
static void
usual_map(struct boot *boot, const uint8_t *b)
{
	uint32_t top = EXTPHYSMEM + 0x1C000
		+ (b[0] << (b[1] % 16 < 10 ? 12 : b[1] % 16));

	boot->ranges[0] = (struct mem_range) { 0, 0x9FC00 };
	boot->ranges[1] = (struct mem_range) { EXTPHYSMEM, top };
	boot->nranges = 2;
}

/* A few frames, most of them beyond what entry.S maps. */
static void
high_map(struct boot *boot)
{
	static const struct mem_range ranges[] = {
		{ PGSIZE, 3 * PGSIZE },
		{ EXTPHYSMEM, EXTPHYSMEM + 0x28000 },
		{ ENTRY_MAPPED - 4 * PGSIZE, ENTRY_MAPPED + 16 * PGSIZE },
	};

	memcpy(boot->ranges, ranges, sizeof(ranges));
	boot->nranges = ARRAY_SIZE(ranges);
}

static uint32_t
alloc_size(uint8_t b)
{
	static const uint32_t sizes[] = {
		0, 1, PGSIZE - 1, PGSIZE, PGSIZE + 1, 0xFFFFFFFFU, 0xFFFFF000U,
		0x80000000U, ENTRY_MAPPED, ENTRY_MAPPED - EXTPHYSMEM
	};

	return b < 0xC0 ? b * 61U : sizes[b % ARRAY_SIZE(sizes)];
}

static void
decode_boot(const uint8_t *b, struct boot *boot)
{
	int i;

	clear(boot, sizeof(*boot));
	boot->whole = b[0] & 1;
	boot->pse = b[0] & 2;
	boot->pge = b[0] & 4;
	if ((b[0] & 0x18) == 0x18)
		odd_map(boot, b + 3);
	else if ((b[0] & 0x38) == 0x10)
		high_map(boot);
	else
		usual_map(boot, b + 1);
	boot->nallocs = b[0] >> 6;
	for (i = 0; i < BOOT_ALLOCS; i++)
		boot->allocs[i] = alloc_size(b[29 + i]);
	for (i = 0; i < boot->nranges; i++)
		say("mem_ranges[%d] = { 0x%llx, 0x%llx };\n", i,
		    (unsigned long long)boot->ranges[i].start,
		    (unsigned long long)boot->ranges[i].end);
	say("cpu_features.pse = %d, cpu_features.pge = %d;\n", boot->pse,
	    boot->pge);
}

/* --- boot_alloc -------------------------------------------------------- */

static uint32_t arg_n;
static char *ret_kva;
/* The physical address of boot_alloc's next allocation. */
static uint32_t boot_next_pa;

static void
call_boot_alloc(void)
{
	ret_kva = boot_alloc(arg_n);
}

/* True if boot_alloc has n bytes left in the RAM after the kernel. */
static bool
boot_fits(uint32_t n)
{
	uint64_t stop = 0;
	int i;

	for (i = 0; i < mem_nranges; i++)
		if (mem_ranges[i].start <= PADDR(kernel_end)
		    && mem_ranges[i].end > PADDR(kernel_end))
			stop = mem_ranges[i].end;
	stop = MIN(stop, (uint64_t)ENTRY_MAPPED);
	return n == 0 || boot_next_pa + (uint64_t)n <= stop;
}

static void
boot_took(uint32_t n)
{
	boot_next_pa = ROUNDUP(boot_next_pa + n, (uint32_t)PGSIZE);
}

/* Call boot_alloc once. Returns false if it had to panic. */
static bool
try_boot_alloc(uint32_t n)
{
	bool fits = boot_fits(n);

	arg_n = n;
	say("boot_alloc(0x%x);", n);
	run("boot_alloc", call_boot_alloc, !fits);
	if (!fits)
		return false;
	if (ret_kva != ram + boot_next_pa)
		fail("boot_alloc", "returns the page after the last one",
		     "that address", "offset 0x%zx, model: 0x%x",
		     (size_t)(ret_kva - ram), boot_next_pa);
	boot_took(n);
	return true;
}

/* --- Booting ----------------------------------------------------------- */

/* Like mem_init, but map nothing in the directory. */
static void
boot_without_map(void)
{
	size_t i;

	kern_pgdir = boot_alloc(PGSIZE);
	for (i = 0; i < NPDENTRIES; i++)
		kern_pgdir[i] = 0;
	kern_pgdir[PDX(UVPT)] = PADDR(kern_pgdir) | PTE_U | PTE_P;
	pages = boot_alloc(npages * sizeof(struct PageInfo));
	envs = boot_alloc(NENV * sizeof(struct Env));
	page_init();
	lcr3(PADDR(kern_pgdir));
}

/* The kernel's map, as drawn in inc/memlayout.h. */
static const struct {
	uint32_t va, perm;
} kernel_map[] = {
	{ UPAGES, PTE_U }, { UENVS, PTE_U }, { KSTACKTOP - KSTKSIZE, PTE_W },
	{ DFSTACKTOP - KSTKSIZE, PTE_W },
	{ KERNBASE, PTE_W }, { KERNBASE + EXTPHYSMEM, 0 },
};

/* Above this, only the kernel maps. */
#define FIRST_OF_KERNEL	2

static uint32_t
kernel_map_size(size_t i)
{
	const uint32_t sizes[] = {
		npages * sizeof(struct PageInfo), NENV * sizeof(struct Env),
		KSTKSIZE, KSTKSIZE, KERNWINSIZE, PADDR(erodata) - PADDR(stext)
	};

	return (sizes[i] + PGSIZE - 1) / PGSIZE;
}

/* Update the model for map_kernel. Returns false if frames are missing. */
static bool
model_map_kernel(void)
{
	struct dir *d = &model.dir[0];
	const uint32_t pa[] = {
		PADDR(pages), PADDR(envs), PADDR(bootstack),
		PADDR(df_stack), 0, PADDR(stext)
	};
	uint32_t g = cpu_features.pge ? PTE_G : 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kernel_map); i++) {
		if (model_tables_needed(d, kernel_map[i].va, kernel_map_size(i),
					pa[i]) > model.nfree)
			return false;
		model_map(d, kernel_map[i].va, kernel_map_size(i), pa[i],
			  kernel_map[i].perm
			  | (i >= FIRST_OF_KERNEL ? g : 0), "mem_init");
	}
	return true;
}

/* True if mem_init, or its substitute, has enough memory. */
static bool
boot_suffices(const struct boot *boot)
{
	/* UPAGES, UENVS, the stack; the window by 4 MiB, less the text's. */
	int tables = 3 + (boot->pse ? 1 : KERNWINSIZE / PTSIZE);

	if (!boot_fits(PGSIZE))
		return false;
	boot_took(PGSIZE);
	if (!boot_fits(npages * sizeof(struct PageInfo)))
		return false;
	boot_took(npages * sizeof(struct PageInfo));
	if (!boot_fits(NENV * sizeof(struct Env)))
		return false;
	boot_took(NENV * sizeof(struct Env));
	model_boot(boot, boot_next_pa);
	return !boot->whole || model.nfree >= tables;
}

static void
check_lowest_first(void)
{
	const struct PageInfo *pp;

	for (pp = page_free_list; pp && pp->pp_link; pp = pp->pp_link)
		if (pp->pp_link <= pp)
			fail("page_init", "lower frames are allocated first",
			     "an ascending free list", "0x%x before 0x%x",
			     (unsigned)(pp - pages),
			     (unsigned)(pp->pp_link - pages));
}

/* Boot. Returns false if the kernel had to panic. */
static bool
do_boot(const struct boot *boot)
{
	bool ok;
	int i;

	i386_detect_memory();
	boot_next_pa = PADDR(ROUNDUP(kernel_end, PGSIZE));
	for (i = 0; i < boot->nallocs; i++)
		if (!try_boot_alloc(boot->allocs[i]))
			return false;
	ok = boot_suffices(boot);
	say(boot->whole ? "mem_init();" : "page_init();");
	run(boot->whole ? "mem_init" : "page_init",
	    boot->whole ? mem_init : boot_without_map, !ok);
	if (!ok)
		return false;
	check_lowest_first();
	model_add_dir(kern_pgdir);
	if (boot->whole && !model_map_kernel())
		fail("mem_init", "page tables for the kernel's mappings",
		     "as many as the model's", "more");
	if (mmu_dir != PADDR(kern_pgdir)
	    || window_mapped != (boot->whole ? KERNWINSIZE : ENTRY_MAPPED))
		fail("mem_init", "the directory is loaded", "kern_pgdir",
		     "0x%08x, window to 0x%08x", mmu_dir, window_mapped);
	finish(boot->whole ? "mem_init" : "page_init", DONE);
	return true;
}

/* Make two more directories, like those of environments. */
static void
add_dirs(void)
{
	struct PageInfo *pp;

	while (model.ndirs < DIRS && (pp = page_alloc(ALLOC_ZERO))) {
		pp->pp_ref++;
		model_take(pp - pages, USE_DIR);
		model_add_dir(page2kva(pp));
		model.dir[model.ndirs - 1].pgdir[PDX(UVPT)] =
			page2pa(pp) | PTE_U | PTE_P;
		say("dir%d = page2kva(page_alloc(ALLOC_ZERO));\n",
		    model.ndirs - 1);
	}
	finish("page_alloc", DONE);
}

static void
run_records(const uint8_t *bytes, size_t size)
{
	struct record r;
	unsigned last = 0;

	for (; size >= RECORD; bytes += RECORD, size -= RECORD) {
		memcpy(&r, bytes, RECORD);
		if (sequence_begun)
			++*sequence_begun;
		if (!ops_run(&r))
			continue;
		sequence_operations++;
		if (sequence_feature)
			sequence_feature(last * 7 + ops_outcome);
		last = ops_outcome;
	}
}

void
sequence_run(const uint8_t *bytes, size_t size)
{
	static struct boot boot;
	uint8_t header[SEQUENCE_HEADER] = { 0 };
	int i;

	if (sequence_begun)
		*sequence_begun = 0;
	memcpy(header, bytes, MIN(size, sizeof(header)));
	sequences++;
	decode_boot(header, &boot);
	model_reset();
	mmu_reset();
	machine_reset(&boot);
	if (!do_boot(&boot))
		return;
	add_dirs();
	if (size > SEQUENCE_HEADER)
		run_records(bytes + SEQUENCE_HEADER, size - SEQUENCE_HEADER);
	for (i = 0; i < model.nuser; i++)
		model_check_contents(model.user[i], "the whole sequence");
}
