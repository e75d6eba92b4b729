/*
 * Three sources of information about physical memory:
 *   - the firmware's map (BIOS E820), from the loader's Multiboot information
 *     block: exact, and includes what the firmware reserves;
 *   - the sizes that the BIOS stored in CMOS memory: RAM from 0 and from 1 MiB;
 *   - probing: write a pattern at each MiB, and read it back.
 *
 * Not its job: which source to use (physmem.c), turning reports into ranges
 * (memrange.c).
 *
 * Limits: a firmware map of more than MEM_MAX entries, or with an invalid one,
 * is rejected as a whole. Probing stops at the first MiB that is not RAM, and
 * at PROBE_END, where devices begin.
 */

#include <inc/memlayout.h>
#include <inc/multiboot.h>
#include <inc/string.h>
#include <inc/x86.h>
#include <kern/dev/cmos.h>
#include <kern/earlymap.h>
#include <kern/memsource.h>

#define PROBE_END	0xC0000000U

const char *const mem_source_names[MEM_NSOURCES] = {
	[MEM_FIRMWARE]	= "firmware",
	[MEM_CMOS]	= "CMOS",
	[MEM_PROBE]	= "probing",
};

/* Set by entry.S, after it has cleared the BSS. */
uint32_t multiboot_magic;
physaddr_t multiboot_pa;

/* --- Source: the firmware's map, from the loader ------------------------ */

/*
 * The loader's data at pa, or NULL if the first tables do not map all of it.
 */
static const void *
loader_data(physaddr_t pa, uint32_t len)
{
	if (!pa || pa >= ENTRY_MAPPED || len > ENTRY_MAPPED - pa)
		return NULL;
	return (const void *)(uintptr_t)(KERNBASE + pa);
}

/*
 * Report two sizes: from 0 and from 1 MiB. (Old firmware has nothing better.)
 * Sizes that are impossible are rejected.
 */
static int
report_sizes(uint32_t base_kib, uint32_t ext_kib,
	     struct mem_report out[MEM_MAX])
{
	if (!ext_kib || base_kib > IOPHYSMEM / KIB)
		return 0;
	out[0] = (struct mem_report) {
		0, (uint64_t)base_kib * KIB, MEM_USABLE
	};
	out[1] = (struct mem_report) {
		EXTPHYSMEM, (uint64_t)ext_kib * KIB, MEM_USABLE
	};
	return 2;
}

char mem_loader_name[MEM_LOADER_NAME];
bool mem_map_rejected;

/* Copy the loader's name, up to the first character that is not printable. */
static void
read_loader_name(const struct multiboot_info *info)
{
	const char *name = loader_data(info->loader_name, MEM_LOADER_NAME);
	size_t i;

	/* A memory map and nothing else: boot/main.c. */
	if (info->flags == MULTIBOOT_HAS_MMAP)
		strlcpy(mem_loader_name, MEM_BOOT_SECTOR, MEM_LOADER_NAME);
	if (!(info->flags & MULTIBOOT_HAS_LOADER) || !name)
		return;
	for (i = 0; i < MEM_LOADER_NAME - 1; i++) {
		if (name[i] < ' ' || name[i] > '~')
			break;
		mem_loader_name[i] = name[i];
	}
}

static int
read_loader_info(struct mem_report out[MEM_MAX])
{
	const struct multiboot_info *info;
	const void *map;
	int n = 0;

	if (multiboot_magic != MULTIBOOT_LOADER_MAGIC)
		return 0;
	info = loader_data(multiboot_pa, sizeof(*info));
	if (!info)
		return 0;
	read_loader_name(info);
	if (info->flags & MULTIBOOT_HAS_MMAP) {
		map = loader_data(info->mmap_addr, info->mmap_length);
		n = map ? mem_read_mmap(map, info->mmap_length, out, MEM_MAX)
			: -1;
		mem_map_rejected = n < 0;
	}
	if (n <= 0 && (info->flags & MULTIBOOT_HAS_SIZES))
		n = report_sizes(info->mem_lower, info->mem_upper, out);
	return MAX(n, 0);
}

/*
 * Read the loader's block once and keep the reports: the block may be in a
 * frame that is allocated later.
 */
static int
ask_firmware(struct mem_report out[MEM_MAX])
{
	static struct mem_report kept[MEM_MAX];
	static int count = -1;

	if (count < 0)
		count = read_loader_info(kept);
	memcpy(out, kept, sizeof(kept));
	return count;
}

/* --- Source: CMOS memory ----------------------------------------------- */

static uint32_t
cmos_word(unsigned reg)
{
	return cmos_read(reg) | cmos_read(reg + 1) << 8;
}

static int
ask_cmos(struct mem_report out[MEM_MAX])
{
	uint32_t base = cmos_word(NVRAM_BASELO);
	uint32_t ext = cmos_word(NVRAM_EXTLO);
	uint32_t ext16 = cmos_word(NVRAM_EXT16LO);

	/* All ones: there is no CMOS memory. */
	if (base == 0xFFFF || !base)
		return 0;
	if (ext16 && ext16 != 0xFFFF)
		ext = (16 * MIB - EXTPHYSMEM) / KIB + ext16 * 64;
	return report_sizes(base, ext, out);
}

/* --- Source: probing --------------------------------------------------- */

/*
 * True if the word at va keeps its value. Writing `other` in between changes
 * what floats on the bus.
 */
static bool
keeps(uintptr_t va, uint32_t pattern, volatile uint32_t *other)
{
	store32(va, pattern);
	*other = ~pattern;
	return load32(va) == pattern;
}

/* True if there is RAM at pa. */
static bool
probe(physaddr_t pa)
{
	volatile uint32_t other;
	uintptr_t va = early_map(pa);
	uint32_t saved;
	bool ram;

	if (!va)
		return false;
	saved = load32(va);
	ram = keeps(va, 0x55AA33CC, &other) && keeps(va, 0xAA55CC33, &other);
	store32(va, saved);
	early_unmap();
	return ram;
}

static int
ask_probe(struct mem_report out[MEM_MAX])
{
	physaddr_t pa;

	/*
	 * A cache would keep words of absent memory; the mapping is uncached.
	 */
	wbinvd();
	for (pa = EXTPHYSMEM; pa < PROBE_END && probe(pa); pa += MIB)
		/* next */;
	return report_sizes(IOPHYSMEM / KIB, (pa - EXTPHYSMEM) / KIB, out);
}

/* --- All sources -------------------------------------------------------- */

int
mem_ask(enum mem_source source, struct mem_report out[MEM_MAX])
{
	switch (source) {
	case MEM_FIRMWARE:
		return ask_firmware(out);
	case MEM_CMOS:
		return ask_cmos(out);
	case MEM_PROBE:
		return ask_probe(out);
	default:
		return 0;
	}
}
