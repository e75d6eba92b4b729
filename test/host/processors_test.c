/*
 * kern/dev/processors.c, acpi.c, mptable.c and fwtable.c on the host: tables of
 * many machines, good and damaged. Each answer is compared with the expected
 * one and with a model's, and each read with those that the model needs.
 */

#include "processors_sim.h"
#include "processors_model.h"

struct processor_list {
	uint32_t count, more;
	uint8_t apic_id[8];
	uint32_t lapic;
	const char *source;
	uint8_t seen[32];
};

bool processors_find(bool (*read)(uint32_t pa, void *to, size_t size),
		     uint8_t boot_apic_id, struct processor_list *list);

#define LAPIC		0xFEE00000
#define ENABLED		1
#define ONLINE_CAPABLE	2
#define BOOT		2		/* in the MP table */

#define RSDP		0xF5B20
#define MP		0xF5B60
#define RSDT		0x7FE1A00
#define XSDT		0x7FE1B00
#define MADT		0x7FD0000
#define FACP		0x7FE1600
#define MP_TABLE	0x9E000

static struct processor_list list;

/* --- Running ------------------------------------------------------------- */

static bool
is_sane(uint8_t boot)
{
	uint32_t i, j;

	if (list.count < 1 || list.count > 8 || list.apic_id[0] != boot)
		return false;
	for (i = 0; i < list.count; i++)
		for (j = 0; j < i; j++)
			if (list.apic_id[i] == list.apic_id[j])
				return false;
	return true;
}

static bool
equals(const struct found *f)
{
	const char *source = list.source ? list.source : "";

	return list.count == f->count && list.more == f->more
		&& list.lapic == f->lapic
		&& memcmp(list.apic_id, f->id, f->count) == 0
		&& strcmp(source, f->source ? f->source : "") == 0;
}

static char *
show(const char *source, uint32_t count, uint32_t more, uint32_t lapic,
     const uint8_t *id)
{
	static char text[2][200];
	static int turn;
	char *to = text[turn ^= 1];
	uint32_t i;
	int n;

	n = sprintf(to, "%s, %u + %u, lapic %x:", source ? source : "nothing",
		    count, more, lapic);
	for (i = 0; i < count && i < 8; i++)
		n += sprintf(to + n, " %u", id[i]);
	return to;
}

/* Find the processors. Returns true if the model finds the same. */
static bool
find(uint8_t boot)
{
	struct found want;
	bool any;

	model(boot, &want);
	reads = bytes_read = 0;
	broken[0] = '\0';
	memset(&list, 0xEE, sizeof(list));
	any = processors_find(sim_read, boot, &list);
	CHECK(!broken[0], "%s", broken);
	CHECK(bytes_read < 1500000, "%u bytes read", bytes_read);
	CHECK(any == (list.source != NULL), "%d", any);
	CHECK(is_sane(boot) && equals(&want), "%s; the model's is %s",
	      show(list.source, list.count, list.more, list.lapic,
		   list.apic_id),
	      show(want.source, want.count, want.more, want.lapic, want.id));
	return test_ok;
}

/* Find the processors; they must be these, separated by blanks. */
static void
expect_from(uint8_t boot, const char *source, const char *ids, uint32_t more)
{
	char found[100] = "";
	uint32_t i;
	int n = 0;

	find(boot);
	for (i = 0; i < list.count && i < 8; i++)
		n += sprintf(found + n, i ? " %u" : "%u", list.apic_id[i]);
	CHECK(strcmp(found, ids) == 0, "%s, not %s", found, ids);
	CHECK(list.more == more, "%u", list.more);
	CHECK(source ? list.source && strcmp(list.source, source) == 0
	      : !list.source, "%s", list.source ? list.source : "nothing");
}

static void
expect(const char *source, const char *ids, uint32_t more)
{
	expect_from(0, source, ids, more);
}

/* --- Machines ------------------------------------------------------------ */

static void
bda(uint32_t ebda, uint32_t base_kib)
{
	set(0x40E, ebda / 16, 2);
	set(0x413, base_kib, 2);
}

/* An RSDT or XSDT with two tables, the last of which is the MADT. */
static void
root(const char *signature, int width, uint64_t pa, uint64_t madt)
{
	acpi_begin(signature);
	put(FACP, width);
	put(madt, width);
	acpi_end(pa);
}

static void
facp(void)
{
	acpi_begin("FACP");
	put_text("", 80);
	acpi_end(FACP);
}

/* The two structures and the tables, with an empty MADT and MP table. */
static void
plug(int revision)
{
	new_machine();
	bda(0x9FC00, 639);
	rsdp(RSDP, revision, RSDT, revision >= 2 ? XSDT : 0);
	root("RSDT", 4, RSDT, MADT);
	if (revision >= 2)
		root("XSDT", 8, XSDT, MADT);
	facp();
}

static void
qemu(int revision, int processors)
{
	int id;

	plug(revision);
	madt_begin();
	for (id = 0; id < processors; id++)
		local_apic(id, ENABLED);
	interrupt_entries();
	acpi_end(MADT);
	/* One processor for each socket, and there is one. */
	mp_floating(MP, MP_TABLE, 0);
	mp_begin();
	mp_processor(0, ENABLED | BOOT);
	mp_other(1), mp_other(2), mp_other(3), mp_other(4);
	mp_end(MP_TABLE);
}

/* No ACPI. */
static void
mp_machine(void)
{
	new_machine();
	bda(0x9FC00, 639);
	mp_floating(MP, MP_TABLE, 0);
	mp_begin();
}

static void
all_processors_of_qemu_are_found(void)
{
	int revision;

	for (revision = 0; revision <= 2; revision += 2) {
		qemu(revision, 1);
		expect("ACPI", "0", 0);
		qemu(revision, 2);
		expect("ACPI", "0 1", 0);
		qemu(revision, 4);
		expect("ACPI", "0 1 2 3", 0);
		qemu(revision, 8);
		expect("ACPI", "0 1 2 3 4 5 6 7", 0);
		CHECK(list.lapic == LAPIC, "%x", list.lapic);
	}
}

static void
those_without_room_are_counted(void)
{
	qemu(0, 9);
	expect("ACPI", "0 1 2 3 4 5 6 7", 1);
	qemu(0, 16);
	expect("ACPI", "0 1 2 3 4 5 6 7", 8);
	qemu(2, 255);
	expect("ACPI", "0 1 2 3 4 5 6 7", 247);
}

static void
boot_processor_is_the_first(void)
{
	qemu(0, 4);
	expect_from(2, "ACPI", "2 0 1 3", 0);
	qemu(0, 9);
	expect_from(8, "ACPI", "8 0 1 2 3 4 5 6", 1);
}

static void
boot_processor_need_not_be_listed(void)
{
	qemu(0, 2);
	expect_from(77, "ACPI", "77 0 1", 0);
	qemu(0, 8);
	expect_from(254, "ACPI", "254 0 1 2 3 4 5 6", 1);
	mp_machine();
	mp_processor(3, ENABLED);
	mp_end(MP_TABLE);
	expect("MP table", "0 3", 0);
}

static void
disabled_processors_are_left_out(void)
{
	plug(0);
	madt_begin();
	local_apic(0, ENABLED);
	local_apic(1, 0);
	local_apic(2, ONLINE_CAPABLE);
	local_apic(3, ~ENABLED);
	local_apic(4, ENABLED | ONLINE_CAPABLE);
	local_x2apic(5, 0);
	local_x2apic(6, ONLINE_CAPABLE);
	local_x2apic(300, 0);
	local_apic(255, 0);
	acpi_end(MADT);
	expect("ACPI", "0 4", 0);
	mp_machine();
	mp_processor(0, ENABLED | BOOT);
	mp_processor(1, 0);
	mp_processor(2, 0xFE);
	mp_processor(3, ENABLED);
	mp_end(MP_TABLE);
	expect("MP table", "0 3", 0);
}

static void
processors_count_once(void)
{
	int i;

	plug(0);
	madt_begin();
	for (i = 0; i < 3; i++) {
		local_apic(5, ENABLED);
		local_apic(0, ENABLED);
		local_x2apic(5, ENABLED);
		local_x2apic(254, ENABLED);
	}
	acpi_end(MADT);
	expect("ACPI", "0 5 254", 0);
	plug(0);
	madt_begin();
	for (i = 0; i < 30; i++)
		local_apic(i % 10, ENABLED);
	for (i = 0; i < 3; i++)
		local_apic(255, ENABLED);
	acpi_end(MADT);
	expect("ACPI", "0 1 2 3 4 5 6 7", 3);
	mp_machine();
	mp_processor(1, ENABLED);
	mp_processor(0, ENABLED | BOOT);
	mp_processor(1, ENABLED);
	mp_end(MP_TABLE);
	expect("MP table", "0 1", 0);
}

static void
identifiers_need_eight_bits(void)
{
	plug(2);
	madt_begin();
	local_apic(0, ENABLED);
	local_apic(255, ENABLED);
	local_x2apic(254, ENABLED);
	local_x2apic(256, ENABLED);
	local_x2apic(257, ENABLED);
	local_x2apic(0xFFFFFFFF, ENABLED);
	local_x2apic(7, ENABLED);
	acpi_end(MADT);
	expect("ACPI", "0 254 7", 4);
	mp_machine();
	mp_processor(0, ENABLED | BOOT);
	mp_processor(255, ENABLED);
	mp_end(MP_TABLE);
	expect("MP table", "0", 1);
}

/* The firmware's numbers of the processors, which its other tables use. */
static void
acpi_numbers_are_not_apic_identifiers(void)
{
	plug(0);
	madt_begin();
	local_apic(0, ENABLED);
	draft[filled - 6] = 9;
	local_apic(6, ENABLED);
	draft[filled - 6] = 1;
	local_x2apic(4, ENABLED);
	draft[filled - 4] = 2;
	acpi_end(MADT);
	expect("ACPI", "0 6 4", 0);
}

/* --- Places -------------------------------------------------------------- */

static void
structures_are_found_in_all_places(void)
{
	static const struct {
		uint32_t ebda, base_kib, pa;
		bool found;
	} place[] = {
		{ 0x9FC00, 639, 0x9FC00, true },
		{ 0x9FC00, 639, 0x9FFE0, true },
		{ 0x9FC00, 639, 0x9FFF0, false },	/* crosses the end */
		{ 0x9F000, 636, 0x9F3E0, true },
		{ 0x9F000, 636, 0x9F3F0, false },
		{ 0x9F000, 636, 0x9F400, false },	/* the second KiB */
		{ 0x9F000, 636, 0x9EC00, true },	/* base memory */
		{ 0x9F000, 636, 0x9EFE0, true },
		{ 0x9F000, 636, 0x9EFF0, false },
		{ 0x9F000, 636, 0x9EBF0, false },
		{ 0, 640, 0x9FC00, true },
		{ 0x9FFC0, 600, 0x9FFC0, true },	/* a cut EBDA */
		{ 0x9FFC0, 600, 0x9FFF0, false },
		{ 0, 0, 0xE0000, true },
		{ 0, 0, 0xE0400, true },
		{ 0, 0, 0xEFFF0, true },
		{ 0, 0, 0xF03F0, true },		/* crosses a KiB */
		{ 0, 0, 0xFFFE0, true },
		{ 0, 0, 0xFFFF0, false },
		{ 0, 0, 0xDFFF0, false },
		{ 0, 0, 0xE0008, false },		/* alignment */
		{ 0x400, 1, 0x400, false },	/* over the BIOS's data */
		{ 0x500, 1, 0x520, true },
		{ 0xA0000, 641, 0xA0000, false },
		{ 0xFFFF0, 0xFFFF, 0xA0000, false },
	};
	size_t i;

	for (i = 0; i < sizeof(place) / sizeof(place[0]); i++) {
		qemu(0, 3);
		memset(&low[RSDP], 0xFF, 36);
		memset(&low[MP], 0xFF, 16);
		rsdp(place[i].pa, 0, RSDT, 0);
		bda(place[i].ebda, place[i].base_kib);
		expect(place[i].found ? "ACPI" : NULL,
		       place[i].found ? "0 1 2" : "0", 0);
		if (!test_ok) {
			printf("# place %zu\n", i);
			return;
		}
	}
}

static void
structure_ends_with_its_area(void)
{
	/* The MP table's has 16 bytes only. */
	mp_machine();
	mp_processor(0, ENABLED);
	mp_processor(1, ENABLED);
	mp_end(MP_TABLE);
	memset(&low[MP], 0xFF, 16);
	mp_floating(0xFFFF0, MP_TABLE, 0);
	expect("MP table", "0 1", 0);
	memset(&low[0xFFFF0], 0xFF, 16);
	mp_floating(0x9FFF0, MP_TABLE, 0);
	expect("MP table", "0 1", 0);
}

static void
false_structures_are_passed_over(void)
{
	qemu(0, 2);
	rsdp(0xE0000, 0, 0x12345678, 0);
	low[0xE0008]++;
	rsdp(0x9FC40, 0, 0x12345678, 0);
	low[0x9FC40 + 12]++;
	/* Another signature, with a right sum. */
	rsdp(0xE0100, 0, 0x12345678, 0);
	low[0xE0106] = 'S';
	seal(0xE0100, 20, 8);
	expect("ACPI", "0 1", 0);
	mp_machine();
	mp_processor(0, ENABLED);
	mp_processor(1, ENABLED);
	mp_end(MP_TABLE);
	mp_floating(0xE0000, 0x12345678, 0);
	low[0xE000F]++;
	expect("MP table", "0 1", 0);
}

static void
first_place_wins(void)
{
	qemu(0, 2);
	madt_begin();
	local_apic(9, ENABLED);
	acpi_end(0x200000);
	root("RSDT", 4, 0x201000, 0x200000);
	rsdp(0xE0000, 0, 0x201000, 0);
	expect("ACPI", "0 9", 0);
	rsdp(0x9FC00, 0, RSDT, 0);
	expect("ACPI", "0 1", 0);
}

static void
tables_may_lie_anywhere(void)
{
	static const uint64_t place[] = {
		0x600, 0x100000, 0x7FFFFFC, 0x7FFFFFFF, 0x80000000, 0xFFFFF001,
	};
	size_t i;
	uint64_t end;

	for (i = 0; i < sizeof(place) / sizeof(place[0]); i++) {
		qemu(0, 0);
		madt_begin();
		local_apic(0, ENABLED);
		local_apic(3, ENABLED);
		acpi_end(place[i]);
		root("RSDT", 4, place[i] + 200, place[i]);
		rsdp(RSDP, 0, place[i] + 200, 0);
		expect("ACPI", "0 3", 0);
	}
	/* Up to the last byte below 4 GiB, and no further. */
	for (end = TOP - 2; end <= TOP + 1; end++) {
		qemu(0, 0);
		madt_begin();
		local_apic(0, ENABLED);
		local_apic(3, ENABLED);
		acpi_end(end - filled);
		root("RSDT", 4, RSDT, end - 60);
		rsdp(RSDP, 0, RSDT, 0);
		nblocks--, free(blocks[nblocks].bytes);
		root("RSDT", 4, 0x100000, end - 60);
		rsdp(RSDP, 0, 0x100000, 0);
		expect(end <= TOP ? "ACPI" : "MP table",
		       end <= TOP ? "0 3" : "0", 0);
	}
}

/* Summing up gigabytes here would take long. */
static void
seal_if_short(uint64_t pa, uint64_t size, int checksum)
{
	if (size < 100000)
		seal(pa, size, checksum);
}

/* --- XSDT and RSDT ------------------------------------------------------- */

/* A machine whose XSDT lists 0 and 1, and whose RSDT lists 0 and 2. */
static void
two_roots(int revision)
{
	qemu(revision, 2);
	madt_begin();
	local_apic(0, ENABLED);
	local_apic(2, ENABLED);
	acpi_end(0x200000);
	root("RSDT", 4, 0x201000, 0x200000);
	rsdp(RSDP, revision, 0x201000, XSDT);
}

static void
xsdt_is_preferred(void)
{
	two_roots(2);
	expect("ACPI", "0 1", 0);
	two_roots(3);
	expect("ACPI", "0 1", 0);
	two_roots(1);
	expect("ACPI", "0 2", 0);
	two_roots(0);
	expect("ACPI", "0 2", 0);
	/* After an RSDP of ACPI 1.0 follows something else. */
	two_roots(2);
	low[RSDP + 15] = 1;
	seal(RSDP, 20, 8);
	seal(RSDP, 36, 32);
	expect("ACPI", "0 2", 0);
}

static void
rsdt_is_used_without_a_good_xsdt(void)
{
	two_roots(2);
	rsdp(RSDP, 2, 0x201000, 0);
	expect("ACPI", "0 2", 0);
	two_roots(2);
	rsdp(RSDP, 2, 0x201000, XSDT + TOP);
	expect("ACPI", "0 2", 0);
	two_roots(2);
	rsdp(RSDP, 2, 0x201000, 0x201000);	/* the RSDT */
	expect("ACPI", "0 2", 0);
	two_roots(2);
	low[RSDP + 32]++;			/* the RSDP's second sum */
	expect("ACPI", "0 2", 0);
	two_roots(2);
	++*byte_at(XSDT + 9);
	expect("ACPI", "0 2", 0);
	two_roots(2);
	++*byte_at(MADT + 9);
	expect("ACPI", "0 2", 0);
	two_roots(2);
	set(XSDT + 36, MADT + TOP, 8);
	set(XSDT + 44, MADT + TOP, 8);
	seal(XSDT, 52, 9);
	expect("ACPI", "0 2", 0);
}

static void
rsdp_may_have_any_length(void)
{
	static const struct {
		uint32_t length;
		bool good;
	} lengths[] = {
		{ 0, false }, { 20, false }, { 35, false }, { 36, true },
		{ 37, true }, { 64, true }, { 65536, true }, { 65537, false },
		{ 0x7FFFFFFF, false }, { 0xFFFFFFFF, false },
	};
	size_t i;

	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		two_roots(2);
		set(RSDP + 20, lengths[i].length, 4);
		if (lengths[i].length > 32)
			seal_if_short(RSDP, lengths[i].length, 32);
		expect("ACPI", lengths[i].good ? "0 1" : "0 2", 0);
	}
}

static void
other_entries_are_passed_over(void)
{
	int i;

	qemu(2, 3);
	acpi_begin("XSDT");
	put(0, 8);
	put(XSDT, 8);				/* itself */
	put(MADT + TOP, 8);
	put(~0ULL, 8);
	put(TOP - 7, 8);			/* no room for a header */
	put(TOP - 8, 8);
	put(0x33333333, 8);			/* nothing is there */
	put(MADT, 8);
	put(0x77, 4);				/* half an entry */
	acpi_end(0x300000);
	rsdp(RSDP, 2, 0, 0x300000);
	expect("ACPI", "0 1 2", 0);
	qemu(0, 3);
	acpi_begin("RSDT");
	for (i = 0; i < 300; i++)
		put(i * 0x1000001ULL, 4);
	put(MADT, 4);
	put(0x7777, 3);
	acpi_end(0x300000);
	rsdp(RSDP, 0, 0x300000, 0);
	expect("ACPI", "0 1 2", 0);
}

static void
part_of_an_entry_is_none(void)
{
	int bytes;

	for (bytes = 0; bytes < 8; bytes++) {
		qemu(0, 3);
		acpi_begin("XSDT");
		put(MADT, bytes);
		acpi_end(0x300000);
		rsdp(RSDP, 2, 0, 0x300000);
		expect("MP table", "0", 0);
		acpi_begin("RSDT");
		put(MADT, bytes % 4);
		acpi_end(0x301000);
		rsdp(RSDP, 0, 0x301000, 0);
		expect("MP table", "0", 0);
	}
}

static void
root_that_lists_itself_ends(void)
{
	int i;

	qemu(0, 2);
	acpi_begin("RSDT");
	while (filled < 65536)
		put(0x400000, 4);
	acpi_end(0x400000);
	rsdp(RSDP, 0, 0x400000, 0);
	expect("MP table", "0", 0);
	/* A bad MADT, as often as possible. */
	for (i = 0; i < 2; i++) {
		qemu(0, 2);
		acpi_begin("RSDT");
		while (filled < 65536)
			put(0x500000, 4);
		acpi_end(0x400000);
		rsdp(RSDP, 0, 0x400000, 0);
		madt_begin();
		while (filled < 65536)
			put(i, 4);
		acpi_end(0x500000);
		if (i == 1)
			++*byte_at(0x50FFFF);
		expect("MP table", "0", 0);
		CHECK(bytes_read < 600000, "%u", bytes_read);
	}
}

/* --- Bad MADTs ----------------------------------------------------------- */

static void
bad_lengths_of_tables(void)
{
	static const uint32_t lengths[] = {
		0, 1, 8, 35, 65537, 4000000000U, 0xFFFFFFFF, 0x80000000,
	};
	size_t i;

	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		qemu(0, 2);
		set(RSDT + 4, lengths[i], 4);
		seal_if_short(RSDT, lengths[i], 9);
		expect("MP table", "0", 0);
		qemu(2, 2);
		set(MADT + 4, lengths[i], 4);
		seal_if_short(MADT, lengths[i], 9);
		expect("MP table", "0", 0);
	}
	/* Room for the header, but not for the MADT's fields. */
	for (i = 36; i < 44; i++) {
		qemu(0, 2);
		set(MADT + 4, i, 4);
		seal(MADT, i, 9);
		expect("MP table", "0", 0);
	}
}

static void
wrong_checksums(void)
{
	uint32_t i;

	for (i = 0; i < 44; i++) {
		qemu(0, 2);
		--*byte_at(RSDT + i);
		expect("MP table", "0", 0);
	}
	for (i = 0; i < 60; i++) {
		qemu(0, 2);
		--*byte_at(MADT + i);
		expect("MP table", "0", 0);
	}
	for (i = 0; i < 20; i++) {
		qemu(0, 2);
		--low[RSDP + i];
		expect("MP table", "0", 0);
	}
}

static void
madt_without_a_processor_is_bad(void)
{
	qemu(0, 0);
	expect("MP table", "0", 0);
	plug(0);
	madt_begin();
	local_apic(0, 0);
	local_apic(1, ONLINE_CAPABLE);
	acpi_end(MADT);
	expect(NULL, "0", 0);
	CHECK(list.lapic == 0, "%x", list.lapic);
	mp_floating(MP, MP_TABLE, 0);
	mp_begin();
	mp_processor(0, ENABLED), mp_processor(1, ENABLED);
	mp_end(MP_TABLE);
	expect("MP table", "0 1", 0);
}

static void
madt_ends_at_an_impossible_entry(void)
{
	int length;

	/* Lengths 0 and 1, and beyond the end. */
	for (length = 0; length < 256; length++) {
		if (length >= 2 && length <= 8 + 16)
			continue;
		plug(0);
		madt_begin();
		local_apic(0, ENABLED), local_apic(1, ENABLED);
		put(0, 1), put(length, 1), put(0x0505, 2), put(1, 4);
		local_apic(2, ENABLED), local_apic(3, ENABLED);
		acpi_end(MADT);
		expect("ACPI", "0 1", 0);
	}
	/* After one byte, there would be an entry. */
	plug(0);
	madt_begin();
	local_apic(0, ENABLED), local_apic(1, ENABLED);
	put(0, 1), put(1, 1), put(5, 1), put(0, 3);
	local_apic(2, ENABLED);
	acpi_end(MADT);
	expect("ACPI", "0 1", 0);
}

static void
madt_may_be_cut_anywhere(void)
{
	uint32_t size, full = 44 + 3 * 8;

	for (size = 44; size <= full; size++) {
		plug(0);
		madt_begin();
		local_apic(0, ENABLED), local_apic(1, ENABLED);
		local_apic(2, ENABLED);
		filled = size;
		acpi_end(MADT);
		expect(size < 52 ? NULL : "ACPI", size < 60 ? "0"
		       : size < 68 ? "0 1" : "0 1 2", 0);
	}
}

static void
entries_may_have_other_sizes(void)
{
	int n, i;

	/* Too short for the flags: not believed. */
	for (n = 2; n < 8; n++) {
		plug(0);
		madt_begin();
		put(0, 1), put(n, 1);
		for (i = 2; i < n; i++)
			put(1, 1);
		local_apic(4, ENABLED);
		acpi_end(MADT);
		expect("ACPI", "0 4", 0);
	}
	for (n = 2; n < 16; n++) {
		plug(0);
		madt_begin();
		put(9, 1), put(n, 1);
		for (i = 2; i < n; i++)
			put(1, 1);
		local_apic(4, ENABLED);
		acpi_end(MADT);
		expect("ACPI", "0 4", 0);
	}
	/* Longer than today. */
	plug(0);
	madt_begin();
	put(0, 1), put(255, 1), put(0x0606, 2), put(ENABLED, 4);
	put_text("", 247);
	put(9, 1), put(40, 1), put(0, 2), put(7, 4), put(ENABLED, 4);
	put_text("", 28);
	put(99, 1), put(2, 1);
	local_apic(8, ENABLED);
	acpi_end(MADT);
	expect("ACPI", "0 6 7 8", 0);
}

static void
address_of_the_registers(void)
{
	static const struct {
		uint64_t address;
		int size;
		uint32_t want;
	} override[] = {
		{ 0xFEC01000, 12, 0xFEC01000 }, { 0xFEC01000, 20, 0xFEC01000 },
		{ 0xFEC01000, 11, LAPIC }, { 0xFEC01000 + TOP, 12, 0 },
		{ 0xFEC01004, 12, 0 }, { 0, 12, 0 },
	};
	size_t i;

	for (i = 0; i < sizeof(override) / sizeof(override[0]); i++) {
		plug(0);
		madt_begin();
		local_apic(0, ENABLED);
		put(5, 1), put(override[i].size, 1), put(0, 2);
		put(override[i].address, 8);
		put_text("", 8);
		filled -= 20 - override[i].size;
		local_apic(1, ENABLED);
		acpi_end(MADT);
		expect("ACPI", "0 1", 0);
		CHECK(list.lapic == override[i].want, "%x, case %zu",
		      list.lapic, i);
	}
	mp_machine();
	mp_processor(0, ENABLED);
	mp_end(MP_TABLE);
	set(MP_TABLE + 36, 0xFEE0F000, 4);
	seal(MP_TABLE, filled, 7);
	expect("MP table", "0", 0);
	CHECK(list.lapic == 0xFEE0F000, "%x", list.lapic);
}

/* --- The MP table -------------------------------------------------------- */

static void
mp_table_is_used_without_acpi(void)
{
	mp_machine();
	mp_processor(0, ENABLED | BOOT);
	mp_processor(1, ENABLED);
	mp_other(1), mp_other(2), mp_other(3), mp_other(3), mp_other(4);
	mp_other(4);
	mp_processor(5, ENABLED);
	mp_end(MP_TABLE);
	expect("MP table", "0 1 5", 0);
	CHECK(list.lapic == LAPIC, "%x", list.lapic);
}

static void
only_processor_may_be_disabled(void)
{
	mp_machine();
	mp_processor(0, 0);
	mp_other(1);
	mp_end(MP_TABLE);
	expect("MP table", "0", 0);
	mp_machine();
	mp_processor(1, 0);
	mp_other(1);
	mp_end(MP_TABLE);
	expect("MP table", "0", 0);
}

static void
default_configurations_have_two(void)
{
	int n;

	for (n = 0; n < 256; n++) {
		mp_machine();
		mp_processor(0, ENABLED);
		mp_processor(4, ENABLED);
		mp_end(MP_TABLE);
		mp_floating(MP, n ? 0 : MP_TABLE, n);
		expect(n > 7 ? NULL : "MP table", n > 7 ? "0"
		       : n ? "0 1" : "0 4", 0);
		CHECK(list.lapic == (n > 7 ? 0 : LAPIC), "%x", list.lapic);
	}
	mp_machine();
	mp_floating(MP, 0, 5);
	expect_from(1, "MP table", "1 0", 0);
}

static void
bad_mp_tables(void)
{
	static const uint32_t lengths[] = { 0, 7, 8, 43 };
	uint32_t i, size;

	for (i = 0; i < 4; i++) {
		mp_machine();
		mp_processor(0, ENABLED), mp_processor(1, ENABLED);
		mp_end(MP_TABLE);
		set(MP_TABLE + 4, lengths[i], 2);
		seal(MP_TABLE, lengths[i], 7);
		expect(NULL, "0", 0);
	}
	for (i = 0; i < 84; i++) {
		mp_machine();
		mp_processor(0, ENABLED), mp_processor(1, ENABLED);
		mp_end(MP_TABLE);
		--low[MP_TABLE + i];
		expect(NULL, "0", 0);
	}
	for (i = 0; i < 16; i++) {
		mp_machine();
		mp_processor(0, ENABLED), mp_processor(1, ENABLED);
		mp_end(MP_TABLE);
		--low[MP + i];
		expect(NULL, "0", 0);
	}
	/* Cut. */
	for (size = 44; size <= 84; size++) {
		mp_machine();
		mp_processor(0, ENABLED), mp_processor(1, ENABLED);
		filled = size;
		mp_end(MP_TABLE);
		expect(size < 64 ? NULL : "MP table",
		       size < 84 ? "0" : "0 1", 0);
	}
}

static void
mp_floating_has_one_paragraph(void)
{
	int length;

	for (length = 0; length < 256; length++) {
		mp_machine();
		mp_processor(0, ENABLED), mp_processor(1, ENABLED);
		mp_end(MP_TABLE);
		set(MP + 8, length, 1);
		seal(MP, 16, 10);
		expect(length == 1 ? "MP table" : NULL,
		       length == 1 ? "0 1" : "0", 0);
	}
}

static void
mp_table_ends_with_its_entries(void)
{
	int type;

	/* The count is too small, and too large. */
	mp_machine();
	mp_processor(0, ENABLED), mp_processor(1, ENABLED);
	mp_processor(2, ENABLED);
	mp_entries = 2;
	mp_end(MP_TABLE);
	expect("MP table", "0 1", 0);
	mp_machine();
	mp_processor(0, ENABLED), mp_processor(1, ENABLED);
	mp_entries = 0xFFFF;
	mp_end(MP_TABLE);
	expect("MP table", "0 1", 0);
	mp_machine();
	mp_processor(0, ENABLED);
	mp_entries = 0;
	mp_end(MP_TABLE);
	expect(NULL, "0", 0);
	/* The size of such an entry is unknown. */
	for (type = 5; type < 256; type++) {
		mp_machine();
		mp_processor(0, ENABLED), mp_processor(1, ENABLED);
		mp_other(type);
		mp_processor(2, ENABLED);
		mp_end(MP_TABLE);
		expect("MP table", "0 1", 0);
	}
}

static void
mp_table_without_a_processor_is_bad(void)
{
	mp_machine();
	mp_other(1), mp_other(2);
	mp_end(MP_TABLE);
	expect(NULL, "0", 0);
	CHECK(list.lapic == 0, "%x", list.lapic);
}

static void
mp_table_ends_at_4_gib(void)
{
	uint64_t end;

	for (end = TOP - 2; end <= TOP + 1; end++) {
		mp_machine();
		mp_processor(0, ENABLED), mp_processor(1, ENABLED);
		mp_end(end - filled);
		mp_floating(MP, end - 84, 0);
		expect(end <= TOP ? "MP table" : NULL,
		       end <= TOP ? "0 1" : "0", 0);
	}
}

/* --- Nothing, and failing reads ------------------------------------------ */

static void
machine_without_tables_has_one(void)
{
	new_machine();
	expect(NULL, "0", 0);
	CHECK(list.lapic == 0, "%x", list.lapic);
	expect_from(42, NULL, "42", 0);
	memset(low, 0, sizeof(low));
	expect(NULL, "0", 0);
}

static void
largest_madt(void)
{
	int i;

	plug(0);
	madt_begin();
	for (i = 0; filled + 16 <= 65536; i++)
		local_x2apic(i, ENABLED);
	put_text("", 65536 - filled);
	acpi_end(MADT - 0x100000);
	root("RSDT", 4, 0x100000, MADT - 0x100000);
	rsdp(RSDP, 0, 0x100000, 0);
	expect("ACPI", "0 1 2 3 4 5 6 7", i - 8);
}

/* Each read fails in turn: that is like a table which cannot be read. */
static void
reads_that_fail(void)
{
	static const uint64_t places[] = {
		0x40E, 0x413, RSDP, RSDP + 16, RSDP + 20, RSDP + 35, RSDT,
		RSDT + 30, XSDT, XSDT + 40, XSDT + 45, MADT, MADT + 10,
		MADT + 38, MADT + 44, MADT + 52, MADT + 67, MP, MP_TABLE,
		MP_TABLE + 20, MP_TABLE + 50, FACP,
	};
	struct found want;
	size_t i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		qemu(2, 3);
		model(0, &want);
		model_mp(&want);
		allow(RSDT, 44);
		fail_at = places[i];
		memset(&list, 0xEE, sizeof(list));
		processors_find(sim_read, 0, &list);
		CHECK(!broken[0], "%s", broken);
		CHECK(is_sane(0) && list.count <= 3 && list.more == 0,
		      "%u + %u", list.count, list.more);
		CHECK(!list.source == (list.count == 1 && !list.lapic),
		      "%x", list.lapic);
	}
	qemu(2, 3);
	nallowed = 0;
	allow(0, TOP);
	fail_at = XSDT + 20;
	processors_find(sim_read, 0, &list);
	CHECK(list.source && !strcmp(list.source, "ACPI"), "no RSDT");
	fail_at = MADT + 20;
	processors_find(sim_read, 0, &list);
	CHECK(list.source && !strcmp(list.source, "MP table"), "no MP table");
	fail_at = 0x40E;
	processors_find(sim_read, 0, &list);
	CHECK(list.source && !strcmp(list.source, "ACPI"), "no ACPI");
}

/* --- Damage at random ---------------------------------------------------- */

/* A machine with all that the tables may have. */
static void
random_machine(void)
{
	int n = random32() % 12, i;

	plug(random32() % 4);
	madt_begin();
	for (i = 0; i < n; i++) {
		uint32_t id = random32() % (random32() % 2 ? 16 : 512);

		if (random32() % 3)
			local_apic(id, random32() % 4);
		else
			local_x2apic(id, random32() % 4);
		if (random32() % 8 == 0) {
			put(5, 1), put(12, 1), put(0, 2);
			put(LAPIC + random32() % 3 * 0x800, 8);
		}
	}
	interrupt_entries();
	acpi_end(MADT);
	mp_floating(MP, MP_TABLE, random32() % 8 ? 0 : random32() % 10);
	mp_begin();
	n = random32() % 12;
	for (i = 0; i < n; i++)
		if (random32() % 3)
			mp_processor(random32() % 16, random32() % 4);
		else
			mp_other(random32() % 6);
	mp_end(MP_TABLE);
}

/* The tables: where they are, how long, and where the checksum is. */
static const struct target {
	uint32_t pa, size, checksum;
} targets[] = {
	{ RSDP, 20, 8 }, { RSDP, 36, 32 }, { RSDT, 44, 9 }, { XSDT, 52, 9 },
	{ MADT, 100, 9 }, { MADT, 56, 9 }, { MP, 16, 10 },
	{ MP_TABLE, 120, 7 }, { MP_TABLE, 60, 7 }, { 0x40E, 7, 0 },
};

static void
damage(const struct target *t)
{
	static const uint8_t evil[] = { 0, 1, 2, 7, 8, 0x7F, 0x80, 0xFE, 0xFF };
	uint8_t *byte = byte_at(t->pa + random32() % t->size);

	switch (random32() % 3) {
	case 0:
		*byte ^= 1 << random32() % 8;
		break;
	case 1:
		*byte = random32();
		break;
	default:
		*byte = evil[random32() % sizeof(evil)];
		break;
	}
}

/* Make the checksum right again, over the length that the table now claims. */
static void
repair(const struct target *t)
{
	uint32_t size = t->size;

	if (t->pa == RSDT || t->pa == XSDT || t->pa == MADT)
		size = get(t->pa + 4, 4);
	else if (t->pa == MP_TABLE)
		size = get(t->pa + 4, 2);
	else if (t->pa == 0x40E)
		return;
	if (size <= 65536 && t->pa + (uint64_t)size <= TOP)
		seal(t->pa, size, t->checksum);
}

static void
damage_at_random(void)
{
	uint32_t sources[3] = { 0, 0, 0 }, round, n;

	for (round = 0; round < 20000; round++) {
		uint8_t boot = random32() % 16;

		random_machine();
		for (n = random32() % 5; n; n--) {
			const struct target *t = &targets[random32()
				% (sizeof(targets) / sizeof(targets[0]))];

			damage(t);
			if (random32() % 4)
				repair(t);
		}
		if (!find(boot)) {
			printf("# round %u\n", round);
			return;
		}
		sources[!list.source ? 0 : *list.source == 'A' ? 1 : 2]++;
	}
	for (n = 0; n < 3; n++)
		CHECK(sources[n] > round / 50, "source %u: %u of %u", n,
		      sources[n], round);
}

int
main(void)
{
	TEST(all_processors_of_qemu_are_found);
	TEST(those_without_room_are_counted);
	TEST(boot_processor_is_the_first);
	TEST(boot_processor_need_not_be_listed);
	TEST(disabled_processors_are_left_out);
	TEST(processors_count_once);
	TEST(identifiers_need_eight_bits);
	TEST(acpi_numbers_are_not_apic_identifiers);
	TEST(structures_are_found_in_all_places);
	TEST(structure_ends_with_its_area);
	TEST(false_structures_are_passed_over);
	TEST(first_place_wins);
	TEST(tables_may_lie_anywhere);
	TEST(xsdt_is_preferred);
	TEST(rsdt_is_used_without_a_good_xsdt);
	TEST(rsdp_may_have_any_length);
	TEST(other_entries_are_passed_over);
	TEST(part_of_an_entry_is_none);
	TEST(root_that_lists_itself_ends);
	TEST(bad_lengths_of_tables);
	TEST(wrong_checksums);
	TEST(madt_without_a_processor_is_bad);
	TEST(madt_ends_at_an_impossible_entry);
	TEST(madt_may_be_cut_anywhere);
	TEST(entries_may_have_other_sizes);
	TEST(address_of_the_registers);
	TEST(mp_table_is_used_without_acpi);
	TEST(only_processor_may_be_disabled);
	TEST(default_configurations_have_two);
	TEST(bad_mp_tables);
	TEST(mp_floating_has_one_paragraph);
	TEST(mp_table_ends_with_its_entries);
	TEST(mp_table_without_a_processor_is_bad);
	TEST(mp_table_ends_at_4_gib);
	TEST(machine_without_tables_has_one);
	TEST(largest_madt);
	TEST(reads_that_fail);
	TEST(damage_at_random);
	return summary();
}
