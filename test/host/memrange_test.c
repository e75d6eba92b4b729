/* kern/memrange.c on the host: unusual memory maps. */

#include "unit.h"

struct mem_report {
	uint64_t start, len;
	uint32_t type;
};
struct mem_range {
	uint64_t start, end;
};

int mem_normalize(const struct mem_report *in, int nin, struct mem_range *out,
		  int max);
int mem_read_mmap(const void *map, uint32_t len, struct mem_report *out,
		  int max);
uint64_t mem_end_below(const struct mem_range *ranges, int n, uint64_t limit);
void mem_summary(const struct mem_range *ranges, int n, uint32_t *base,
		 uint32_t *total);

#define RAM	1
#define KEPT	2
#define TOP	(~(uint64_t)0)

/* Normalize `in` and compare the result with the expected ranges. */
static void
expect(const struct mem_report *in, int nin, const struct mem_range *want,
       int nwant)
{
	struct mem_range out[64];
	int n = mem_normalize(in, nin, out, 64), i;

	CHECK(n == nwant, "%d ranges, %d wanted", n, nwant);
	for (i = 0; i < n && i < nwant; i++)
		CHECK(out[i].start == want[i].start
		      && out[i].end == want[i].end,
		      "range %d: [0x%llx, 0x%llx)", i,
		      (unsigned long long)out[i].start,
		      (unsigned long long)out[i].end);
}

#define LEN(a)	((int)(sizeof(a) / sizeof((a)[0])))
#define REPORTS	(const struct mem_report[])
#define RANGES	(const struct mem_range[])

static void
nothing_gives_nothing(void)
{
	expect(NULL, 0, NULL, 0);
}

static void
unsorted_reports_are_sorted(void)
{
	expect(REPORTS {{ 0x5000, 0x1000, RAM }, { 0x1000, 0x1000, RAM },
			{ 0x3000, 0x1000, RAM }}, 3,
	       RANGES {{ 0x1000, 0x2000 }, { 0x3000, 0x4000 },
		       { 0x5000, 0x6000 }}, 3);
}

static void
overlapping_and_adjacent_ones_merge(void)
{
	expect(REPORTS {{ 0x1000, 0x3000, RAM }, { 0x2000, 0x4000, RAM },
			{ 0x6000, 0x1000, RAM }}, 3,
	       RANGES {{ 0x1000, 0x7000 }}, 1);
}

static void
reports_inside_others_add_nothing(void)
{
	expect(REPORTS {{ 0x1000, 0x9000, RAM }, { 0x3000, 0x1000, RAM }}, 2,
	       RANGES {{ 0x1000, 0xA000 }}, 1);
}

static void
reserved_wins_inside_usable(void)
{
	expect(REPORTS {{ 0x1000, 0x9000, RAM }, { 0x3000, 0x1001, KEPT }}, 2,
	       RANGES {{ 0x1000, 0x3000 }, { 0x4001, 0xA000 }}, 2);
}

static void
reserved_wins_whatever_the_order(void)
{
	expect(REPORTS {{ 0, 0x2000, KEPT }, { 0x1000, 0x3000, RAM },
			{ 0x3800, 0x10, 99 }}, 3,
	       RANGES {{ 0x2000, 0x3800 }, { 0x3810, 0x4000 }}, 2);
}

static void
all_reserved_gives_nothing(void)
{
	expect(REPORTS {{ 0x1000, 0x1000, RAM }, { 0, TOP, KEPT }}, 2, NULL, 0);
}

static void
empty_reports_do_not_count(void)
{
	expect(REPORTS {{ 0x1000, 0, RAM }, { 0x2000, 0x1000, RAM },
			{ 0x2800, 0, KEPT }}, 3,
	       RANGES {{ 0x2000, 0x3000 }}, 1);
}

static void
reports_that_wrap_end_at_the_top(void)
{
	expect(REPORTS {{ TOP - 0xFFF, 0x5000, RAM }}, 1,
	       RANGES {{ TOP - 0xFFF, TOP }}, 1);
	expect(REPORTS {{ 0x1000, 0x5000, RAM }, { 0x2000, TOP, KEPT }}, 2,
	       RANGES {{ 0x1000, 0x2000 }}, 1);
}

static void
memory_above_4_gib_is_kept_apart(void)
{
	expect(REPORTS {{ 0x100000000, 0x40000000, RAM },
			{ 0x100000, 0xBFF00000, RAM }}, 2,
	       RANGES {{ 0x100000, 0xC0000000 },
		       { 0x100000000, 0x140000000 }}, 2);
}

static void
too_many_ranges_lose_the_highest(void)
{
	struct mem_report in[64];
	struct mem_range out[8];
	int i, n;

	for (i = 0; i < 64; i++)
		in[i] = (struct mem_report) { (63 - i) * 0x2000ULL, 0x1000,
			RAM };
	n = mem_normalize(in, 64, out, 8);
	CHECK(n == 8, "%d", n);
	CHECK(out[0].start == 0 && out[7].start == 7 * 0x2000ULL, "[7] 0x%llx",
	      (unsigned long long)out[7].start);
}

/*
 * Compare with a model that marks each of 256 cells, at both ends of memory.
 */
static void
random_maps_agree_with_the_model(void)
{
	static const uint64_t bases[] = { 0, 0xFFFFFF00, TOP - 255 };
	int round, i, j, n, count, wanted, got;
	struct mem_report in[12];
	struct mem_range out[64];
	char cells[256];

	for (round = 0; round < 20000; round++) {
		uint64_t base = bases[round % 3];

		memset(cells, 0, sizeof(cells));
		count = random32() % 12;
		for (i = 0; i < count; i++) {
			int start = random32() % 256;
			int len = random32() % (257 - start);

			in[i] = (struct mem_report) {
				base + start, len, random32() % 3 ? RAM : KEPT
			};
			for (j = start; j < start + len; j++)
				cells[j] |= in[i].type == RAM ? 1 : 2;
		}
		/* Skip the last cell at the top: it would end at 2^64. */
		if (base == TOP - 255)
			cells[255] = 0;
		n = mem_normalize(in, count, out, 64);
		wanted = got = 0;
		for (j = 0; j < 256; j++)
			wanted += cells[j] == 1;
		for (i = 0; i < n; i++) {
			CHECK(out[i].start < out[i].end, "round %d", round);
			CHECK(!i || out[i - 1].end < out[i].start, "round %d",
			      round);
			for (j = 0; j < 256; j++)
				got += base + j >= out[i].start
					&& base + j < out[i].end
					&& cells[j] == 1;
		}
		CHECK(wanted == got, "round %d: %d cells, %d wanted", round,
		      got, wanted);
		for (i = 0, got = 0; i < n; i++)
			got += out[i].end - out[i].start;
		CHECK(wanted == got, "round %d: %d bytes, %d wanted", round,
		      got, wanted);
		if (!test_ok)
			return;
	}
}

/* --- Multiboot maps ----------------------------------------------------- */

struct entry {
	uint32_t size;
	uint64_t addr, len;
	uint32_t type;
} __attribute__((packed));

static void
map_entries_are_read(void)
{
	struct entry map[2] = {{ 20, 1, 2, 3 }, { 20, 4, 5, 6 }};
	struct mem_report out[8];
	int n = mem_read_mmap(map, sizeof(map), out, 8);

	CHECK(n == 2, "%d", n);
	CHECK(out[1].start == 4 && out[1].len == 5 && out[1].type == 6,
	      "0x%llx", (unsigned long long)out[1].start);
	CHECK(mem_read_mmap(map, sizeof(map), out, 1) == -1, "more than max");
	CHECK(mem_read_mmap(map, 0, out, 8) == 0, "an empty map");
}

static void
longer_map_entries_are_stepped_over(void)
{
	struct {
		struct entry e;
		uint32_t extra;
	} __attribute__((packed)) map[2] = {{{ 24, 1, 2, 3 }, 9 },
					    {{ 24, 4, 5, 6 }, 9 }};
	struct mem_report out[8];
	int n = mem_read_mmap(map, sizeof(map), out, 8);

	CHECK(n == 2 && out[1].start == 4, "%d", n);
}

static void
damaged_maps_are_rejected_as_a_whole(void)
{
	struct entry map[3] = {{ 20, 1, 2, 3 }, { 20, 4, 5, 6 },
			       { 20, 7, 8, 9 }};
	/* Too small; past the map's end; near 2^32, which may wrap. */
	static const uint32_t sizes[] = {
		0, 1, 19, 45, 48, 1000, 0x7FFFFFFF, 0xFFFFFFE4, 0xFFFFFFFB,
		0xFFFFFFFC, 0xFFFFFFFF,
	};
	struct mem_report out[8];
	uint32_t len, i;
	char *copy;
	int n;

	/* A copy of each length: the sanitizer detects reads past its end. */
	for (len = 0; len <= sizeof(map); len++) {
		copy = malloc(len ? len : 1);
		memcpy(copy, map, len);
		n = mem_read_mmap(copy, len, out, 8);
		CHECK(n == (len % sizeof(map[0]) ? -1
			    : (int)(len / sizeof(map[0]))), "%d of %u", n,
		      len);
		free(copy);
	}
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		map[1].size = sizes[i];
		n = mem_read_mmap(map, sizeof(map), out, 8);
		CHECK(n == -1, "%d with size 0x%x", n, sizes[i]);
	}
}

/* --- The summary line --------------------------------------------------- */

static void
expect_summary(const struct mem_range *r, int n, uint32_t base, uint32_t total)
{
	uint32_t b, t;

	mem_summary(r, n, &b, &t);
	CHECK(b == base && t == total, "base %u, total %u; wanted %u, %u", b,
	      t, base, total);
}

static void
summary_is_of_what_is_installed(void)
{
	/* QEMU with 128 and with 4 MiB: the firmware keeps a little. */
	expect_summary(RANGES {{ 0, 0x9FC00 }, { 0x100000, 0x7FE0000 }}, 2,
		       640, 131072);
	expect_summary(RANGES {{ 0, 0x9FC00 }, { 0x100000, 0x3E0000 }}, 2,
		       640, 4096);
	/* 4 GiB, some of it above the devices. */
	expect_summary(RANGES {{ 0, 0x9FC00 }, { 0x100000, 0xBFFE0000 },
			       { 0x100000000, 0x140000000 }}, 3,
		       640, 4194304);
	expect_summary(RANGES {{ 0, 0xA0000 }}, 1, 640, 640);
	expect_summary(NULL, 0, 0, 0);
}

static void
the_end_below_a_limit_is_of_ram_that_begins_there(void)
{
	const struct mem_range r[] = {{ 0, 0x9FC00 }, { 0x100000, 0x4000000 },
				      { 0x100000000, 0x11C000000 }};
	uint64_t end = mem_end_below(r, 3, 0x10000000);

	CHECK(end == 0x4000000, "0x%llx", (unsigned long long)end);
	end = mem_end_below(r, 3, 0xA0000);
	CHECK(end == 0x9FC00, "0x%llx", (unsigned long long)end);
	end = mem_end_below(r, 3, 0x200000);
	CHECK(end == 0x200000, "0x%llx", (unsigned long long)end);
	CHECK(mem_end_below(r, 0, 0x200000) == 0, "of nothing");
}

int
main(void)
{
	TEST(nothing_gives_nothing);
	TEST(unsorted_reports_are_sorted);
	TEST(overlapping_and_adjacent_ones_merge);
	TEST(reports_inside_others_add_nothing);
	TEST(reserved_wins_inside_usable);
	TEST(reserved_wins_whatever_the_order);
	TEST(all_reserved_gives_nothing);
	TEST(empty_reports_do_not_count);
	TEST(reports_that_wrap_end_at_the_top);
	TEST(memory_above_4_gib_is_kept_apart);
	TEST(too_many_ranges_lose_the_highest);
	TEST(random_maps_agree_with_the_model);
	TEST(map_entries_are_read);
	TEST(longer_map_entries_are_stepped_over);
	TEST(damaged_maps_are_rejected_as_a_whole);
	TEST(the_end_below_a_limit_is_of_ram_that_begins_there);
	TEST(summary_is_of_what_is_installed);
	return summary();
}
