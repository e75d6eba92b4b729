#ifndef PAGEWALK_TEST_PROCESSORS_MODEL_H
#define PAGEWALK_TEST_PROCESSORS_MODEL_H

/*
 * The processors that the tables in the simulated memory list, found a second
 * time. This sees all of the memory, and allows the reads that are needed to
 * get there: nothing else may be read.
 */

#include "processors_sim.h"

struct found {
	uint32_t count, more, lapic;
	uint8_t id[8];
	const char *source;
};

#define TABLE_MAX	65536
#define TOP		(1ULL << 32)

static uint32_t listed[80000];
static int nlisted;

/* True if [pa, pa + size) is a range of memory; allows to read it. */
static bool
reach(uint64_t pa, uint64_t size)
{
	if (pa + size > TOP || pa + size < pa)
		return false;
	allow(pa, size);
	return true;
}

static bool
is_text(uint64_t pa, const char *text)
{
	while (*text)
		if (*byte_at(pa++) != (uint8_t)*text++)
			return false;
	return true;
}

static bool
good_table(uint64_t pa, const char *text, uint32_t min)
{
	uint64_t length;

	if (!reach(pa, 8) || !is_text(pa, text))
		return false;
	length = get(pa + 4, 4);
	return length >= min && length <= TABLE_MAX && reach(pa, length)
		&& sum(pa, length) == 0;
}

/* The first such structure in the BIOS's places; 0 if there is none. */
static uint64_t
good_structure(const char *text, uint32_t size)
{
	uint64_t area[3][2] = {
		{ get(0x40E, 2) * 16, get(0x40E, 2) * 16 + 1024 },
		{ get(0x413, 2) * 1024 - 1024, get(0x413, 2) * 1024 },
		{ 0xE0000, 0x100000 },
	};
	uint64_t pa;
	int i;

	reach(0x40E, 2);
	reach(0x413, 2);
	if (area[0][1] > 0xA0000)
		area[0][1] = 0xA0000;
	for (i = 0; i < 3; i++) {
		if (i < 2 && (area[i][0] < 0x500 || area[i][0] >= 0xA0000
			      || area[i][1] > 0xA0000))
			continue;
		reach(area[i][0], area[i][1] - area[i][0]);
		for (pa = area[i][0]; pa + size <= area[i][1]; pa += 16)
			if (low[pa] == *text && is_text(pa, text)
			    && sum(pa, size) == 0)
				return pa;
	}
	return 0;
}

/* List what the MADT lists. True if there is any. */
static bool
read_madt(uint64_t pa, struct found *f)
{
	uint64_t end = pa + get(pa + 4, 4), lapic = get(pa + 36, 4), n;

	for (pa += 44; end - pa >= 2; pa += n) {
		n = get(pa + 1, 1);
		if (n < 2 || pa + n > end)
			break;
		switch (get(pa, 1)) {
		case 0:
			if (n >= 8 && get(pa + 4, 1) & 1)
				listed[nlisted++] = get(pa + 3, 1);
			break;
		case 5:
			if (n >= 12)
				lapic = get(pa + 4, 8);
			break;
		case 9:
			if (n >= 16 && get(pa + 8, 1) & 1)
				listed[nlisted++] = get(pa + 4, 4);
			break;
		}
	}
	f->lapic = lapic < TOP && lapic % 4096 == 0 ? lapic : 0;
	return nlisted;
}

static bool
read_root(uint64_t pa, const char *text, int width, struct found *f)
{
	uint64_t entry, left;

	if (!good_table(pa, text, 36))
		return false;
	left = (get(pa + 4, 4) - 36) / width;
	for (pa += 36; left--; pa += width) {
		entry = get(pa, width);
		if (reach(entry, 8) && is_text(entry, "APIC"))
			return good_table(entry, "APIC", 44)
				&& read_madt(entry, f);
	}
	return false;
}

static bool
model_acpi(struct found *f)
{
	uint64_t pa = good_structure("RSD PTR ", 20), length;

	if (!pa)
		return false;
	if (get(pa + 15, 1) >= 2 && reach(pa + 20, 4)) {
		length = get(pa + 20, 4);
		if (length >= 36 && length <= TABLE_MAX && reach(pa, length)
		    && sum(pa, length) == 0 && get(pa + 24, 8)
		    && read_root(get(pa + 24, 8), "XSDT", 8, f))
			return true;
	}
	return read_root(get(pa + 16, 4), "RSDT", 4, f);
}

static bool
model_mp(struct found *f)
{
	uint64_t pa = good_structure("_MP_", 16), table, end, n;
	bool any = false;

	if (!pa || get(pa + 8, 1) != 1 || get(pa + 11, 1) > 7)
		return false;
	f->lapic = 0xFEE00000;
	if (get(pa + 11, 1)) {
		listed[nlisted++] = 0;
		listed[nlisted++] = 1;
		return true;
	}
	table = get(pa + 4, 4);
	if (!reach(table, 8) || !is_text(table, "PCMP")
	    || get(table + 4, 2) < 44 || !reach(table, get(table + 4, 2))
	    || sum(table, get(table + 4, 2)) != 0)
		return false;
	f->lapic = get(table + 36, 4) % 4096 ? 0 : get(table + 36, 4);
	end = table + get(table + 4, 2);
	n = get(table + 34, 2);
	for (pa = table + 44; n-- && pa < end; pa += get(pa, 1) ? 8 : 20) {
		if (get(pa, 1) > 4 || pa + (get(pa, 1) ? 8 : 20) > end)
			break;
		if (get(pa, 1) == 0) {
			any = true;
			if (get(pa + 3, 1) & 1)
				listed[nlisted++] = get(pa + 1, 1);
		}
	}
	return any;
}

/* Make the list of what was listed: the boot processor, and each other once. */
static void
model(uint8_t boot, struct found *f)
{
	int i, j;

	memset(f, 0, sizeof(*f));
	nallowed = nlisted = 0;
	f->count = 1;
	f->id[0] = boot;
	if (model_acpi(f))
		f->source = "ACPI";
	else if (model_mp(f))
		f->source = "MP table";
	else
		f->lapic = 0;
	for (i = 0; i < nlisted; i++) {
		for (j = 0; j < i && listed[j] != listed[i]; j++)
			/* next */;
		if (listed[i] == boot || (j < i && listed[i] < 256))
			continue;
		if (listed[i] < 255 && f->count < 8)
			f->id[f->count++] = listed[i];
		else
			f->more++;
	}
}

#endif
