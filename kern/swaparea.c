/*
 * The swap area: a disk, or a partition, that begins with our header.
 *
 *	sector 0 of the disk --+-- a header: the whole disk is the area
 *	                       |
 *	                       +-- a partition table (MBR): four places, each of
 *	                           which may begin with a header
 *
 * Any disk may be connected to this machine. So no number on it is believed,
 * neither the header's nor the table's. The slave of the first channel belongs
 * to the file server, and is not even read.
 *
 * Invariant: a sector is written only if it was read before, as a valid header.
 *
 * Not its job: what is in the slots.
 */

#include <inc/stdio.h>
#include <inc/string.h>
#include <kern/kaddr.h>
#include <kern/swaparea.h>

/* The partition table in sector 0 of a disk. */
#define TABLE		446
#define PARTITIONS	4
#define SIGNATURE	510
#define   SIGNATURE_WORD	0xAA55

struct partition {
	uint8_t flags, chs_first[3];
	uint8_t type;			/* 0: not used */
	uint8_t chs_last[3];
	uint16_t first[2], sectors[2];	/* two halves: not aligned */
};
_Static_assert(sizeof(struct partition) == 16, "as on disk");

/* A place where an area may begin. */
struct place {
	struct ide_disk *disk;
	int partition;			/* 1 to 4; 0: the disk */
	uint32_t first, sectors;
};

/* The sector in use; no transfer crosses a page. */
static union {
	char bytes[IDE_SECTOR];
	struct swap_header header;
} sector __attribute__((aligned(IDE_SECTOR)));

/* Disks in the order in which they are searched: the second channel first. */
static const uint8_t order[] = { 2, 3, 0 };

static int
transfer(const struct place *p, bool write)
{
	struct ide_request r = {
		.disk = p->disk, .sector = p->first, .count = 1,
		.write = write, .data = &sector, .pa = PADDR(&sector),
	};

	return ide_transfer(&r);
}

static uint32_t
sum(const struct swap_header *h)
{
	uint32_t words[sizeof(*h) / 4], total = 0;
	size_t i;

	memcpy(words, h, sizeof(words));
	for (i = 0; i < ARRAY_SIZE(words); i++)
		total += words[i];
	return total;
}

static bool
has_magic(const struct swap_header *h)
{
	return memcmp(h->magic, SWAP_MAGIC, sizeof(h->magic)) == 0;
}

const char *
swap_header_fault(const struct swap_header *h, uint32_t sectors)
{
	if (!has_magic(h))
		return "no swap area";
	if (sum(h) != 0)
		return "bad checksum";
	if (h->version != SWAP_VERSION)
		return "unknown version";
	if (h->slots < 2)
		return "no room for a page";
	if (h->slots > SWAP_MAX_SLOTS)
		return "too many slots";
	if (h->slots > sectors / SLOT_SECTORS)
		return "larger than its disk or partition";
	return NULL;
}

static void
refuse(const struct place *p, const char *why)
{
	cprintf("swap: disk %d", p->disk - ide_disks);
	if (p->partition)
		cprintf(", partition %d", p->partition);
	cprintf(" is not used: %s\n", why);
}

/* Count in the header that the area is taken into use, and read it again. */
static bool
count_use(const struct place *p)
{
	uint32_t generation = ++sector.header.generation;

	sector.header.checksum--;
	if (transfer(p, true) < 0)
		return false;
	memset(&sector, 0, sizeof(sector));
	return transfer(p, false) == 0
		&& sector.header.generation == generation
		&& sum(&sector.header) == 0;
}

/* Judge the header in `sector`, which was read from p. */
static bool
judge(const struct place *p, struct swap_area *area, bool take)
{
	const char *fault = swap_header_fault(&sector.header, p->sectors);
	uint32_t slots = sector.header.slots;

	if (!fault && take && !count_use(p))
		fault = "it cannot be written";
	if (fault) {
		refuse(p, fault);
		return false;
	}
	area->disk = p->disk;
	area->first = p->first;
	area->slots = slots;
	area->generation = sector.header.generation;
	return true;
}

/* Look at partition n of a disk of this size. */
static bool
look_at_partition(const struct partition *entry, struct place p,
		  struct swap_area *area, bool take)
{
	p.first = entry->first[0] | (uint32_t)entry->first[1] << 16;
	p.sectors = entry->sectors[0] | (uint32_t)entry->sectors[1] << 16;
	if (!entry->type || p.first == 0 || p.first >= p.disk->sectors)
		return false;
	p.sectors = MIN(p.sectors, p.disk->sectors - p.first);
	return transfer(&p, false) == 0 && has_magic(&sector.header)
		&& judge(&p, area, take);
}

static bool
look_at_disk(struct ide_disk *disk, struct swap_area *area, bool take)
{
	struct place p = { .disk = disk, .sectors = disk->sectors };
	struct partition table[PARTITIONS];
	uint16_t signature;

	if (!disk->present || transfer(&p, false) < 0)
		return false;
	if (has_magic(&sector.header))
		return judge(&p, area, take);
	memcpy(&signature, sector.bytes + SIGNATURE, sizeof(signature));
	if (signature != SIGNATURE_WORD)
		return false;
	memcpy(table, sector.bytes + TABLE, sizeof(table));
	for (p.partition = 1; p.partition <= PARTITIONS; p.partition++)
		if (look_at_partition(&table[p.partition - 1], p, area, take))
			return true;
	return false;
}

static bool
look(struct swap_area *area, bool take)
{
	size_t i;

	ide_init();
	for (i = 0; i < ARRAY_SIZE(order); i++)
		if (look_at_disk(&ide_disks[order[i]], area, take))
			return true;
	return false;
}

bool
swap_area_find(struct swap_area *area)
{
	return look(area, true);
}

bool
swap_area_look(struct swap_area *area)
{
	return look(area, false);
}
