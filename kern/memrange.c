/*
 * Ranges of memory: turn reports, which may be unsorted and overlap, into a
 * sorted list of usable ranges.
 *
 * Arithmetic only, so that the host can test it (test/host/memrange_test.c).
 * Not its job: getting the reports (memsource.c).
 */

#include <inc/memlayout.h>
#include <inc/multiboot.h>
#include <inc/string.h>
#include <kern/memrange.h>

/* The end of a report, at most 2^64 - 1. */
static uint64_t
report_end(const struct mem_report *r)
{
	return r->len > ~r->start ? ~(uint64_t)0 : r->start + r->len;
}

/*
 * True if memory is usable from start to the next boundary. Boundaries are the
 * starts and ends of reports.
 */
static bool
usable_at(const struct mem_report *in, int nin, uint64_t start)
{
	bool usable = false;
	int i;

	for (i = 0; i < nin; i++) {
		if (start < in[i].start || start >= report_end(&in[i]))
			continue;
		if (in[i].type != MEM_USABLE)
			return false;
		usable = true;
	}
	return usable;
}

/* Find the lowest boundary above `after`. Returns false if there is none. */
static bool
next_boundary(const struct mem_report *in, int nin, uint64_t after,
	      uint64_t *next)
{
	uint64_t ends[2];
	bool found = false;
	int i, j;

	for (i = 0; i < nin; i++) {
		ends[0] = in[i].start;
		ends[1] = report_end(&in[i]);
		for (j = 0; j < 2; j++)
			if (ends[j] > after && (!found || ends[j] < *next)) {
				*next = ends[j];
				found = true;
			}
	}
	return found;
}

int
mem_normalize(const struct mem_report *in, int nin, struct mem_range *out,
	      int max)
{
	uint64_t at = 0, next = 0;
	int n = 0;

	for (; next_boundary(in, nin, at, &next); at = next) {
		if (!usable_at(in, nin, at))
			continue;
		if (n && out[n - 1].end == at)
			out[n - 1].end = next;
		else if (n < max)
			out[n++] = (struct mem_range) { at, next };
		else
			break;
	}
	return n;
}

/*
 * Firmware reserves a little RAM at the end of low memory and of all memory.
 * The summary is of installed RAM, so it rounds up to the units that RAM comes
 * in.
 */
void
mem_summary(const struct mem_range *ranges, int n, uint32_t *base,
	    uint32_t *total)
{
	uint64_t low = 0, high = 0, size;
	int i;

	for (i = 0; i < n; i++) {
		if (ranges[i].start < IOPHYSMEM)
			low = MAX(low, MIN(ranges[i].end, (uint64_t)IOPHYSMEM));
		if (ranges[i].end > EXTPHYSMEM) {
			size = ranges[i].end
				- MAX(ranges[i].start, (uint64_t)EXTPHYSMEM);
			high += size / KIB;
		}
	}
	/* An invalid map must not overflow the sum. */
	high = MIN(high, (uint64_t)UINT32_MAX - 2 * MIB);
	*base = ROUNDUP((uint32_t)(low / KIB), 64);
	*total = high ? EXTPHYSMEM / KIB + ROUNDUP((uint32_t)high, MIB / KIB)
		: *base;
}

uint64_t
mem_end_below(const struct mem_range *ranges, int n, uint64_t limit)
{
	uint64_t end = 0;
	int i;

	for (i = 0; i < n && ranges[i].start < limit; i++)
		end = MIN(ranges[i].end, limit);
	return end;
}

int
mem_read_mmap(const void *map, uint32_t len, struct mem_report *out, int max)
{
	struct multiboot_mmap e;
	uint32_t at = 0;
	int n = 0;

	/*
	 * The part of a map that cannot be read may be a reserved range: then
	 * reject all of it. The size field does not count itself; entries may
	 * be longer.
	 */
	while (at < len) {
		if (n == max || len - at < sizeof(e))
			return -1;
		memcpy(&e, (const char *)map + at, sizeof(e));
		if (e.size < sizeof(e) - sizeof(e.size)
		    || e.size > len - at - sizeof(e.size))
			return -1;
		out[n++] = (struct mem_report) { e.addr, e.len, e.type };
		at += e.size + sizeof(e.size);
	}
	return n;
}
