/*
 * The expected frames, as sets with one bit a frame of the window.
 *
 * The interface does not say which source of memory sizes counts: a foreign
 * kernel may have asked the firmware or CMOS memory. Memory that all sources
 * report must be free; memory that one reports may be. Our own kernel must use
 * the source that it names.
 */

#include <inc/stdio.h>
#include <inc/string.h>
#include <inc/x86.h>
#include <kern/check/check.h>
#include <kern/check/interface.h>
#include <kern/check/free_list.h>
#include <kern/check/ram.h>
#include <kern/check/state.h>
#include <kern/dev/cmos.h>
#include <kern/sections.h>
#include <kern/physmem.h>

#define NFRAMES		(KERNWINSIZE / PGSIZE)

typedef uint32_t frame_set[NFRAMES / 32];

static frame_set must, may, listed;
static uint32_t list_epoch;

static bool
has(const frame_set set, ppn_t n)
{
	return n < NFRAMES && (set[n / 32] >> n % 32 & 1);
}

/* Set or clear the bits of the frames [first, limit). */
static void
fill(frame_set set, uint64_t first, uint64_t limit, bool value)
{
	uint32_t n = MIN(first, (uint64_t)NFRAMES);
	uint32_t stop = MIN(limit, (uint64_t)NFRAMES);

	while (n < stop) {
		if (n % 32 == 0 && stop - n >= 32) {
			set[n / 32] = value ? UINT32_MAX : 0;
			n += 32;
			continue;
		}
		if (value)
			set[n / 32] |= 1U << n % 32;
		else
			set[n / 32] &= ~(1U << n % 32);
		n++;
	}
}

/* True if usable entries together cover all of frame n. */
static bool
covered(const struct mem_report *r, int count, uint64_t n)
{
	uint64_t at = n * PGSIZE, stop = at + PGSIZE;
	int i;

	for (i = 0; i < count && at < stop; i++)
		if (r[i].type == MEM_USABLE && r[i].start <= at
		    && r[i].start + r[i].len > at) {
			at = r[i].start + r[i].len;
			i = -1;			/* start over */
		}
	return at >= stop;
}

/* Set the frames that an entry covers in part: others may cover the rest. */
static void
fill_edges(frame_set set, const struct mem_report *r, int count)
{
	uint64_t edges[2];
	int i, j;

	for (i = 0; i < count; i++) {
		if (r[i].type != MEM_USABLE || !r[i].len)
			continue;
		edges[0] = r[i].start / PGSIZE;
		edges[1] = (r[i].start + r[i].len - 1) / PGSIZE;
		for (j = 0; j < 2; j++)
			fill(set, edges[j], edges[j] + 1,
			     covered(r, count, edges[j]));
	}
}

/*
 * Set the frames that one source reports as RAM: whole frames, without those
 * that a reserved entry overlaps. Returns false if the source does not answer.
 */
static bool
ask(enum mem_source source, frame_set set)
{
	static struct mem_report r[MEM_MAX];
	int i, n = mem_ask(source, r);

	memset(set, 0, sizeof(frame_set));
	for (i = 0; i < n; i++)
		if (r[i].type == MEM_USABLE)
			fill(set, (r[i].start + PGSIZE - 1) / PGSIZE,
			     (r[i].start + r[i].len) / PGSIZE, true);
	fill_edges(set, r, n);
	for (i = 0; i < n; i++)
		if (r[i].type != MEM_USABLE && r[i].len)
			fill(set, r[i].start / PGSIZE,
			     (r[i].start + r[i].len + PGSIZE - 1) / PGSIZE,
			     false);
	return n > 0;
}

ppn_t
ram_boot_end(void)
{
	static ppn_t boot_end;
	uintptr_t least = (uintptr_t)end, said;

	if (boot_end)
		return boot_end;
	least = MAX(least, (uintptr_t)(pages + npages));
	least = MAX(least, (uintptr_t)kern_pgdir + PGSIZE);
	/*
	 * Use boot_alloc(0): mem_init may have allocated more than pages and
	 * the directory. (Another check covers an end that is too low.)
	 */
	said = foreign_boot_end();
	if (said < least || said - least > PTSIZE)
		said = least;
	boot_end = PGNUM(ROUNDUP(said, PGSIZE) - KERNBASE);
	return boot_end;
}

/*
 * Remove frames in use: frame 0, the I/O hole, the kernel, boot_alloc's memory.
 */
static void
take_away_fixed(frame_set set)
{
	fill(set, 0, 1, false);
	fill(set, PGNUM(IOPHYSMEM), ram_boot_end(), false);
}

static frame_set ram_most, ram_least;
static ppn_t end_most, end_least;

static ppn_t
end_of(const frame_set set)
{
	ppn_t n = NFRAMES;

	while (n && !has(set, n - 1))
		n -= n % 32 == 0 && !set[n / 32 - 1] ? 32 : 1;
	return n;
}

#if FOREIGN
/* Return the end of memory by the older of the two sizes in CMOS memory. */
static ppn_t
small_end(void)
{
	uint32_t kib = cmos_read(NVRAM_EXTLO)
		+ cmos_read(NVRAM_EXTHI) * 256;

	return PGNUM(EXTPHYSMEM) + kib / (PGSIZE / 1024);
}

/*
 * The number of frames tells which source a file used. If it does not, only
 * what both sources report is certain.
 */
static void
ask_around(void)
{
	bool firmware = ask(MEM_FIRMWARE, ram_most);
	bool cmos = ask(MEM_CMOS, ram_least);
	uint32_t both;
	size_t i;

	/* Course texts until 2014 use no more than 64 MiB. */
	if (npages == small_end()) {
		fill(ram_most, npages, NFRAMES, false);
		fill(ram_least, npages, NFRAMES, false);
	}
	if (firmware && cmos
	    && (npages == end_of(ram_most)) == (npages == end_of(ram_least)))
		for (i = 0; i < ARRAY_SIZE(must); i++) {
			both = ram_most[i] & ram_least[i];
			ram_most[i] |= ram_least[i];
			ram_least[i] = both;
		}
	else if (!firmware || (cmos && npages == end_of(ram_least)))
		memcpy(ram_most, ram_least, sizeof(must));
	else
		memcpy(ram_least, ram_most, sizeof(must));
}
#else
static void
ask_around(void)
{
	ask(mem_source, ram_most);
	memcpy(ram_least, ram_most, sizeof(must));
}
#endif

static void
make_sets(void)
{
	static bool made;

	if (made)
		return;
	made = true;
	ask_around();
	memcpy(must, ram_least, sizeof(must));
	memcpy(may, ram_most, sizeof(may));
	take_away_fixed(must);
	take_away_fixed(may);
	end_most = end_of(ram_most);
	end_least = end_of(ram_least);
}

uint32_t
ram_must32(uint32_t n)
{
	make_sets();
	return must[n];
}

uint32_t
ram_may32(uint32_t n)
{
	make_sets();
	return may[n];
}

bool
ram_may(ppn_t n)
{
	make_sets();
	return has(may, n);
}

bool
ram_there(ppn_t n)
{
	make_sets();
	return has(ram_most, n);
}

bool
ram_map_untouched(void)
{
	return strcmp(mem_loader_name, MEM_BOOT_SECTOR) == 0
		|| strncmp(mem_loader_name, "qemu", 4) == 0;
}

ppn_t
ram_end_most(void)
{
	make_sets();
	return end_most;
}

ppn_t
ram_end_least(void)
{
	make_sets();
	return end_least;
}

const char *
ram_why_not(ppn_t n)
{
	if (n == 0)
		return "frame 0 holds the BIOS's data";
	if (n >= PGNUM(IOPHYSMEM) && n < PGNUM(EXTPHYSMEM))
		return "it is in the I/O hole";
	if (n >= PGNUM(EXTPHYSMEM) && n <= PGNUM((uintptr_t)end - 1 - KERNBASE))
		return "it is in the kernel image";
	if (n >= PGNUM(EXTPHYSMEM) && n < ram_boot_end())
		return "boot_alloc has allocated it";
	return "it is firmware memory, or absent";
}

/* --- The free list ----------------------------------------------------- */

static uint32_t length;
static char trouble[120];

/* Read the list once in a run of checks, to its end. */
static void
read_list(void)
{
	const struct PageInfo *stop;

	if (list_epoch == check_epoch)
		return;
	list_epoch = check_epoch;
	memset(listed, 0, sizeof(listed));
	trouble[0] = '\0';
	length = list_mark(page_free_list, listed, &stop);
	if (!stop && state_cut_off())
		length += list_mark(state_cut_off(), listed, &stop);
	if (is_frame(stop))
		snprintf(trouble, sizeof(trouble), "frame 0x%08x a second"
			 " time, after %u frames", page2pa(stop), length);
	else if (stop)
		snprintf(trouble, sizeof(trouble), "%p after %u frames, not"
			 " an element of pages", (const void *)stop, length);
}

uint32_t
list_has32(uint32_t n)
{
	read_list();
	return listed[n];
}

bool
list_has(ppn_t n)
{
	read_list();
	return has(listed, n);
}

void
list_trouble(char *buf, size_t size)
{
	read_list();
	strlcpy(buf, trouble, size);
}

uint32_t
list_length(void)
{
	read_list();
	return length;
}
