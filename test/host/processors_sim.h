#ifndef PAGEWALK_TEST_PROCESSORS_SIM_H
#define PAGEWALK_TEST_PROCESSORS_SIM_H

/*
 * The physical memory of a machine, and its firmware: it writes tables there.
 * Memory that was not written reads as ones. Reads are allowed where the test
 * says so, and nowhere else.
 */

#include "unit.h"

#define LOW_SIZE	0x120000
#define BLOCKS		64
#define ALLOWED		70000
#define READS		100000		/* more show that there is no end */

/* The lowest bytes, to above 1 MiB; and the tables above them. */
static uint8_t low[LOW_SIZE];
static struct block {
	uint64_t pa;
	uint32_t size;
	uint8_t *bytes;
} blocks[BLOCKS];
static int nblocks;

/* The ranges that may be read, and what was read. */
static struct allowed {
	uint64_t start, end;
} allowed[ALLOWED];
static int nallowed;
static uint32_t reads, bytes_read;
static uint64_t fail_at;		/* the read of this byte fails */
static char broken[100];		/* the first forbidden read */

#define NOWHERE		(1ULL << 40)

static uint8_t *
byte_at(uint64_t pa)
{
	static uint8_t none;
	int i;

	if (pa < LOW_SIZE)
		return &low[pa];
	for (i = 0; i < nblocks; i++)
		if (pa >= blocks[i].pa && pa - blocks[i].pa < blocks[i].size)
			return &blocks[i].bytes[pa - blocks[i].pa];
	none = 0xFF;
	return &none;
}

static void
allow(uint64_t pa, uint64_t size)
{
	if (nallowed == ALLOWED)
		printf("# too many ranges\n"), exit(1);
	allowed[nallowed++] = (struct allowed) { pa, pa + size };
}

static bool
is_allowed(uint64_t pa, uint64_t size)
{
	int i;

	for (i = 0; i < nallowed; i++)
		if (pa >= allowed[i].start && pa + size <= allowed[i].end)
			return true;
	return false;
}

/* The callback that the tested files read physical memory by. */
static bool
sim_read(uint32_t pa, void *to, size_t size)
{
	uint64_t i;

	if (size < 1 || size > 1024 || !is_allowed(pa, size)) {
		if (!broken[0])
			snprintf(broken, sizeof(broken),
				 "%zu bytes at 0x%x must not be read", size,
				 pa);
		return false;
	}
	if (++reads > READS)
		printf("# too many reads, at 0x%x\n", pa), exit(1);
	bytes_read += size;
	if (fail_at >= pa && fail_at - pa < size)
		return false;
	if (pa + size <= LOW_SIZE)
		memcpy(to, &low[pa], size);
	else
		for (i = 0; i < size; i++)
			((uint8_t *)to)[i] = *byte_at(pa + i);
	return true;
}

static void
new_machine(void)
{
	while (nblocks)
		free(blocks[--nblocks].bytes);
	memset(low, 0xFF, sizeof(low));
	nallowed = 0;
	reads = bytes_read = 0;
	fail_at = NOWHERE;
	broken[0] = '\0';
}

/* --- Numbers in memory --------------------------------------------------- */

static uint64_t
get(uint64_t pa, int size)
{
	uint64_t value = 0;

	while (size--)
		value = value << 8 | *byte_at(pa + size);
	return value;
}

static void
set(uint64_t pa, uint64_t value, int size)
{
	for (; size--; value >>= 8)
		*byte_at(pa++) = value;
}

static uint8_t
sum(uint64_t pa, uint64_t size)
{
	uint8_t total = 0;

	while (size--)
		total += *byte_at(pa++);
	return total;
}

/* Make the sum zero by the byte at pa + checksum. */
static void
seal(uint64_t pa, uint64_t size, int checksum)
{
	*byte_at(pa + checksum) -= sum(pa, size);
}

/* --- Tables -------------------------------------------------------------- */

static uint8_t draft[80000];
static uint32_t filled;

static void
put(uint64_t value, int size)
{
	for (; size--; value >>= 8)
		draft[filled++] = value;
}

static void
put_text(const char *text, int size)
{
	for (; size--; filled++)
		draft[filled] = *text ? *text++ : 0;
}

/* Move the draft to memory. */
static void
place(uint64_t pa)
{
	struct block *b = &blocks[nblocks];

	if (pa < LOW_SIZE) {
		memcpy(&low[pa], draft, filled);
		return;
	}
	if (nblocks == BLOCKS)
		printf("# too many tables\n"), exit(1);
	b->pa = pa;
	b->size = filled;
	b->bytes = malloc(filled);
	memcpy(b->bytes, draft, filled);
	nblocks++;
}

/* Begin a table with ACPI's header; end it, and place it. */
static void
acpi_begin(const char *signature)
{
	filled = 0;
	put_text(signature, 4);
	put(0, 4);
	put(1, 1);
	put(0, 1);
	put_text("BOCHS ", 6);
	put_text("BXPCTEST", 8);
	put(1, 4);
	put_text("BXPC", 4);
	put(1, 4);
}

static void
acpi_end(uint64_t pa)
{
	draft[4] = filled;
	draft[5] = filled >> 8;
	draft[6] = filled >> 16;
	place(pa);
	seal(pa, filled, 9);
}

static void
madt_begin(void)
{
	acpi_begin("APIC");
	put(0xFEE00000, 4);
	put(1, 4);
}

static void
local_apic(uint8_t id, uint32_t flags)
{
	put(0, 1), put(8, 1), put(id, 1), put(id, 1), put(flags, 4);
}

static void
local_x2apic(uint32_t id, uint32_t flags)
{
	put(9, 1), put(16, 1), put(0, 2), put(id, 4), put(flags, 4), put(id, 4);
}

/* The entries about interrupts that QEMU writes. */
static void
interrupt_entries(void)
{
	put(1, 1), put(12, 1), put(0, 2), put(0xFEC00000, 4), put(0, 4);
	put(2, 1), put(10, 1), put(0, 2), put(2, 4), put(0, 2);
	put(2, 1), put(10, 1), put(0x0500, 2), put(5, 4), put(0x000D, 2);
	put(4, 1), put(6, 1), put(0xFF, 1), put(0, 2), put(1, 1);
}

static void
rsdp(uint64_t pa, int revision, uint32_t rsdt, uint64_t xsdt)
{
	filled = 0;
	put_text("RSD PTR ", 8);
	put(0, 1);
	put_text("BOCHS ", 6);
	put(revision, 1);
	put(rsdt, 4);
	if (revision >= 2)
		put(36, 4), put(xsdt, 8), put(0, 4);
	place(pa);
	seal(pa, 20, 8);
	if (revision >= 2)
		seal(pa, 36, 32);
}

static void
mp_floating(uint64_t pa, uint32_t table, uint8_t configuration)
{
	filled = 0;
	put_text("_MP_", 4);
	put(table, 4);
	put(1, 1), put(4, 1), put(0, 1), put(configuration, 1), put(0, 4);
	place(pa);
	seal(pa, 16, 10);
}

static uint16_t mp_entries;

static void
mp_begin(void)
{
	filled = mp_entries = 0;
	put_text("PCMP", 4);
	put(0, 2), put(4, 1), put(0, 1);
	put_text("BOCHSCPU0.1         ", 20);
	put(0, 4), put(0, 2), put(0, 2), put(0xFEE00000, 4), put(0, 4);
}

static void
mp_processor(uint8_t id, uint8_t flags)
{
	put(0, 1), put(id, 1), put(0x14, 1), put(flags, 1);
	put(0x600, 4), put(0x201, 4), put(0, 8);
	mp_entries++;
}

static void
mp_other(uint8_t type)
{
	put(type, 1), put(0, 7);
	mp_entries++;
}

static void
mp_end(uint64_t pa)
{
	draft[4] = filled;
	draft[5] = filled >> 8;
	draft[34] = mp_entries;
	draft[35] = mp_entries >> 8;
	place(pa);
	seal(pa, filled, 7);
}

#endif
