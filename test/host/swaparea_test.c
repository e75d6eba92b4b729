/*
 * kern/swaparea.c on the host: good areas on disks and partitions are found,
 * and nothing but a valid header is ever written.
 */

#include "unit.h"
#include "ide_structs.h"
#include <stdarg.h>

struct swap_area {
	struct ide_disk *disk;
	uint32_t first, slots, generation;
};

struct header {
	char magic[8];
	uint32_t version, slots, generation, checksum;
};

bool swap_area_find(struct swap_area *area);
bool swap_area_look(struct swap_area *area);
const char *swap_header_fault(const struct header *h, uint32_t sectors);

#define SECTOR		512
#define STORED		512		/* sectors that have contents */

/* --- The disks ----------------------------------------------------------- */

struct ide_disk ide_disks[4];
static uint8_t contents[4][STORED][SECTOR];
static int reads[4], writes[4], initialised;
static uint32_t last_write;
static bool fail_reads[4], fail_writes[4], ignore_writes[4];
static uint32_t unreadable;		/* a sector of all disks, or 0 */
static char said[1000];

void
ide_init(void)
{
	initialised++;
}

int
ide_transfer(struct ide_request *r)
{
	int n = r->disk - ide_disks;
	uint8_t *at = contents[n][r->sector % STORED];

	if (r->count != 1 || r->sector >= r->disk->sectors)
		return r->error = -3;
	if (((uintptr_t)r->data & 4095) > 4096 - SECTOR)
		printf("# the data cross a page\n"), test_ok = false;
	*(r->write ? &writes[n] : &reads[n]) += 1;
	if (r->write ? fail_writes[n]
	    : fail_reads[n] || (unreadable && r->sector == unreadable))
		return r->error = -1;
	if (r->write && !ignore_writes[n])
		memcpy(at, r->data, SECTOR);
	else if (!r->write)
		memcpy(r->data, at, SECTOR);
	if (r->write)
		last_write = r->sector;
	return r->error = 0;
}

int
cprintf(const char *format, ...)
{
	size_t used = strlen(said);
	va_list ap;

	va_start(ap, format);
	vsnprintf(said + used, sizeof(said) - used, format, ap);
	va_end(ap);
	return 0;
}

void
_panic(const char *file, int line, const char *format, ...)
{
	(void)format;
	printf("# panic at %s:%d\n", file, line);
	exit(1);
}

/* No disk at all. */
static void
unplug(void)
{
	int n;

	memset(contents, 0, sizeof(contents));
	memset(ide_disks, 0, sizeof(ide_disks));
	for (n = 0; n < 4; n++) {
		ide_disks[n].channel = n / 2;
		ide_disks[n].unit = n % 2;
		reads[n] = writes[n] = 0;
		fail_reads[n] = fail_writes[n] = ignore_writes[n] = false;
	}
	said[0] = '\0';
	unreadable = 0;
}

static void
plug(int n, uint32_t sectors)
{
	ide_disks[n].present = true;
	ide_disks[n].sectors = sectors;
}

static uint32_t
sum(const struct header *h)
{
	uint32_t words[6], total = 0;
	int i;

	memcpy(words, h, sizeof(words));
	for (i = 0; i < 6; i++)
		total += words[i];
	return total;
}

static struct header
header(uint32_t version, uint32_t slots, uint32_t generation)
{
	struct header h = { "", version, slots, generation, 0 };

	memcpy(h.magic, "PAGESWAP", 8);
	h.checksum = -sum(&h);
	return h;
}

static void
put_area(int disk, uint32_t sector, uint32_t slots)
{
	struct header h = header(1, slots, 7);

	memcpy(contents[disk][sector % STORED], &h, sizeof(h));
}

static void
put_partition(int disk, int n, uint8_t type, uint32_t first, uint32_t sectors)
{
	uint8_t *entry = contents[disk][0] + 446 + (n - 1) * 16;

	entry[4] = type;
	memcpy(entry + 8, &first, 4);
	memcpy(entry + 12, &sectors, 4);
	contents[disk][0][510] = 0x55;
	contents[disk][0][511] = 0xAA;
}

static int
all_writes(void)
{
	return writes[0] + writes[1] + writes[2] + writes[3];
}

/* Nothing is found, nothing is written, and this is said. */
static void
expect_none(const char *words)
{
	struct swap_area area = { NULL, 1, 2, 3 };

	CHECK(!swap_area_look(&area), "an area");
	CHECK(strcmp(said, words) == 0, "%s", said);
	said[0] = '\0';
	CHECK(!swap_area_find(&area), "an area");
	CHECK(!area.disk && area.first == 1 && area.slots == 2
	      && area.generation == 3, "the area is changed");
	CHECK(strcmp(said, words) == 0, "%s", said);
	CHECK(all_writes() == 0, "%d writes", all_writes());
}

static void
expect_area(int disk, uint32_t first, uint32_t slots)
{
	struct swap_area area = { 0 }, looked = { 0 };
	struct header h;

	CHECK(swap_area_look(&looked), "none");
	CHECK(all_writes() == 0, "%d writes", all_writes());
	CHECK(looked.generation == 7, "generation %u", looked.generation);
	CHECK(swap_area_find(&area), "none");
	CHECK(area.disk == &ide_disks[disk] && area.first == first
	      && area.slots == slots && area.generation == 8,
	      "disk %d, from %u, %u slots, generation %u",
	      (int)(area.disk - ide_disks), area.first, area.slots,
	      area.generation);
	CHECK(area.disk == looked.disk && area.first == looked.first
	      && area.slots == looked.slots, "look and find differ");
	CHECK(all_writes() == 1 && writes[disk] == 1 && last_write == first,
	      "%d writes", all_writes());
	memcpy(&h, contents[disk][first % STORED], sizeof(h));
	CHECK(h.generation == 8 && sum(&h) == 0, "generation %u, sum %u",
	      h.generation, sum(&h));
	CHECK(!swap_header_fault(&h, slots * 8), "%s",
	      swap_header_fault(&h, slots * 8));
}

/* --- Tests --------------------------------------------------------------- */

static void
no_disk_no_area(void)
{
	unplug();
	initialised = 0;
	expect_none("");
	CHECK(initialised > 0, "the disks were not looked for");
	plug(0, 100);
	plug(2, 100);
	expect_none("");
}

static void
area_on_a_disk(void)
{
	static const int places[] = { 0, 2, 3 };
	int i;

	for (i = 0; i < 3; i++) {
		unplug();
		plug(places[i], 8000);
		put_area(places[i], 0, 1000);
		expect_area(places[i], 0, 1000);
		CHECK(!said[0], "%s", said);
	}
}

static void
rest_of_the_sector_is_kept(void)
{
	int i;

	unplug();
	plug(2, 8000);
	for (i = 24; i < SECTOR; i++)
		contents[2][0][i] = i * 7;
	put_area(2, 0, 1000);
	expect_area(2, 0, 1000);
	for (i = 24; i < SECTOR; i++)
		if (contents[2][0][i] != (uint8_t)(i * 7))
			break;
	CHECK(i == SECTOR, "byte %d", i);
}

static void
second_channel_is_preferred(void)
{
	unplug();
	plug(0, 800), plug(2, 800), plug(3, 800);
	put_area(0, 0, 100), put_area(2, 0, 99), put_area(3, 0, 98);
	expect_area(2, 0, 99);
	unplug();
	plug(0, 800), plug(2, 800), plug(3, 800);
	put_area(0, 0, 100), put_area(3, 0, 98);
	expect_area(3, 0, 98);
}

static void
file_servers_disk_is_left_alone(void)
{
	unplug();
	plug(1, 800);
	put_area(1, 0, 100);
	expect_none("");
	CHECK(reads[1] == 0, "%d reads", reads[1]);
}

static void
area_in_each_partition(void)
{
	int n;

	for (n = 1; n <= 4; n++) {
		unplug();
		plug(2, 2000);
		put_partition(2, n, 0x83, 100, 160);
		put_area(2, 100, 20);
		expect_area(2, 100, 20);
	}
}

static void
other_partitions_are_passed_over(void)
{
	unplug();
	plug(2, 2000);
	put_partition(2, 1, 0x83, 5, 10);
	put_partition(2, 2, 0, 20, 160);	/* not used */
	put_area(2, 20, 10);
	put_partition(2, 3, 0x83, 0, 2000);	/* the disk itself */
	put_partition(2, 4, 0x82, 300, 160);
	put_area(2, 300, 20);
	expect_area(2, 300, 20);
	CHECK(!said[0], "%s", said);
}

static void
partitions_need_a_table(void)
{
	unplug();
	plug(2, 2000);
	put_partition(2, 1, 0x83, 100, 160);
	put_area(2, 100, 20);
	contents[2][0][510] = 0;
	expect_none("");
	contents[2][0][510] = 0x55;
	contents[2][0][511] = 0;
	expect_none("");
}

static void
partitions_beyond_the_disk_are_not_read(void)
{
	unplug();
	plug(2, 2000);
	put_partition(2, 1, 0x83, 2000, 160);
	put_partition(2, 2, 0x83, 0xFFFFFFFF, 160);
	put_partition(2, 3, 0x83, 1990, 0xFFFFFFFF);
	put_area(2, 1990 % STORED, 2);
	expect_none("swap: disk 2, partition 3 is not used:"
		    " larger than its disk or partition\n");
}

static void
partition_far_from_the_beginning(void)
{
	unplug();
	plug(2, 0x8000000);
	put_partition(2, 3, 0x83, 0x6543210, 0x123450);
	put_area(2, 0x6543210, 0x123450 / 8);
	CHECK(0x123450 / 8 < 1 << 20, "too many slots");
	expect_area(2, 0x6543210, 0x123450 / 8);
}

static void
partition_that_cannot_be_read_is_passed_over(void)
{
	unplug();
	plug(2, 2000);
	put_partition(2, 1, 0x83, 100, 160);
	put_area(2, 100, 21);
	put_partition(2, 2, 0x83, 300, 160);
	put_area(2, 300, 20);
	unreadable = 300;
	expect_none("swap: disk 2, partition 1 is not used:"
		    " larger than its disk or partition\n");
}

static void
partition_ends_with_the_disk(void)
{
	unplug();
	plug(2, 500);
	put_partition(2, 1, 0x83, 484, 0xFFFFFFFF);
	put_area(2, 484, 2);
	expect_area(2, 484, 2);
}

/* A header with this fault is refused, in these words. */
static void
refuse(struct header h, const char *why)
{
	const char *is;
	char words[100];

	unplug();
	plug(2, 8000);
	memcpy(contents[2][0], &h, sizeof(h));
	snprintf(words, sizeof(words), "swap: disk 2 is not used: %s\n", why);
	expect_none(words);
	is = swap_header_fault(&h, 8000);
	CHECK(is && strcmp(is, why) == 0, "%s", is ? is : "nothing");
	/* The next one is taken. */
	said[0] = '\0';
	plug(3, 800);
	put_area(3, 0, 100);
	expect_area(3, 0, 100);
}

static void
bad_headers_are_refused(void)
{
	struct header h = header(1, 100, 0);
	uint32_t *words = (uint32_t *)&h;
	int i;

	for (i = 2; i < 6; i++) {
		words[i] += 1;
		refuse(h, "bad checksum");
		words[i] -= 1;
	}
	refuse(header(0, 100, 0), "unknown version");
	refuse(header(2, 100, 0), "unknown version");
	refuse(header(1, 0, 0), "no room for a page");
	refuse(header(1, 1, 0), "no room for a page");
	refuse(header(1, 1001, 0), "larger than its disk or partition");
	refuse(header(1, (1 << 20) + 1, 0), "too many slots");
	refuse(header(1, 0x20000001, 0), "too many slots");
	refuse(header(1, 0xFFFFFFFF, 0), "too many slots");
}

static void
other_disks_are_not_mentioned(void)
{
	int i;

	for (i = 0; i < 8; i++) {
		unplug();
		plug(2, 8000);
		put_area(2, 0, 100);
		contents[2][0][i] ^= 0x20;
		expect_none("");
	}
}

static void
largest_area(void)
{
	struct header h = header(1, 1 << 20, 0);

	CHECK(!swap_header_fault(&h, 1 << 23), "%s",
	      swap_header_fault(&h, 1 << 23));
	CHECK(swap_header_fault(&h, (1 << 23) - 1), "it is too large");
}

static void
smallest_area(void)
{
	struct header h = header(1, 2, 0);

	CHECK(!swap_header_fault(&h, 16), "%s", swap_header_fault(&h, 16));
	CHECK(swap_header_fault(&h, 15), "it is too large");
}

static void
disk_that_cannot_be_read_is_passed_over(void)
{
	unplug();
	plug(2, 8000);
	put_area(2, 0, 100);
	fail_reads[2] = true;
	expect_none("");
	plug(3, 8000);
	put_area(3, 0, 100);
	expect_area(3, 0, 100);
}

static void
disk_that_cannot_be_written_is_refused(void)
{
	struct swap_area area = { 0 };
	int n;

	for (n = 0; n < 2; n++) {
		unplug();
		plug(2, 8000);
		put_area(2, 0, 100);
		area.disk = NULL;
		if (n)
			ignore_writes[2] = true;
		else
			fail_writes[2] = true;
		CHECK(!swap_area_find(&area), "it is used");
		CHECK(strcmp(said, "swap: disk 2 is not used:"
			     " it cannot be written\n") == 0, "%s", said);
		CHECK(!area.disk, "the area is changed");
		/* The next one. */
		plug(3, 800);
		put_area(3, 0, 50);
		CHECK(swap_area_find(&area) && area.disk == &ide_disks[3],
		      "not the next one");
	}
}

static void
generation_wraps(void)
{
	struct header h = header(1, 100, 0xFFFFFFFF);
	struct swap_area area = { 0 };

	unplug();
	plug(2, 8000);
	memcpy(contents[2][0], &h, sizeof(h));
	CHECK(swap_area_find(&area) && area.generation == 0, "%u",
	      area.generation);
	memcpy(&h, contents[2][0], sizeof(h));
	CHECK(sum(&h) == 0, "sum %u", sum(&h));
}

int
main(void)
{
	TEST(no_disk_no_area);
	TEST(area_on_a_disk);
	TEST(rest_of_the_sector_is_kept);
	TEST(second_channel_is_preferred);
	TEST(file_servers_disk_is_left_alone);
	TEST(area_in_each_partition);
	TEST(other_partitions_are_passed_over);
	TEST(partitions_need_a_table);
	TEST(partitions_beyond_the_disk_are_not_read);
	TEST(partition_far_from_the_beginning);
	TEST(partition_that_cannot_be_read_is_passed_over);
	TEST(partition_ends_with_the_disk);
	TEST(bad_headers_are_refused);
	TEST(other_disks_are_not_mentioned);
	TEST(largest_area);
	TEST(smallest_area);
	TEST(disk_that_cannot_be_read_is_passed_over);
	TEST(disk_that_cannot_be_written_is_refused);
	TEST(generation_wraps);
	return summary();
}
