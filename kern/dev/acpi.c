/*
 * ACPI's list of processors (ACPI 6.5, 5.2). The RSDP, at one of the BIOS's
 * places, refers to the RSDT, and since ACPI 2.0 to the XSDT as well. Both list
 * the addresses of the other tables, with 32 and with 64 bits. The one with the
 * signature "APIC" is the MADT: a header, then entries of several types.
 *
 * Not its job: the other tables, and the MADT's entries about interrupts.
 *
 * Limits: tables above 4 GiB are out of reach, and those that are longer than
 * TABLE_MAX are invalid. Of several MADTs, only the first is used. So a damaged
 * table cannot occupy the processor for long.
 */

#include <inc/string.h>
#include <kern/dev/acpi.h>

/* The root system description pointer (5.2.5.3). */
struct rsdp {
	char signature[8];
	uint8_t checksum;
	char oem[6];
	uint8_t revision;
	uint32_t rsdt;
	/* Since RSDP_WITH_XSDT: */
	uint32_t length;
	uint64_t xsdt;
	uint8_t extended_checksum;
	uint8_t reserved[3];
} __attribute__((packed));

#define RSDP_WITH_XSDT	2		/* a revision */
#define RSDP_1_SIZE	offsetof(struct rsdp, length)

/* The beginning of a table's header (5.2.6). */
struct table {
	char signature[4];
	uint32_t length;	/* of the table, with the header */
};

#define HEADER_SIZE	36
#define TABLE_MAX	(64 * KIB)	/* has room for 4000 processors */

/* The MADT (5.2.12): after the header, an address and flags; then entries. */
#define MADT_LAPIC	HEADER_SIZE
#define MADT_ENTRIES	(HEADER_SIZE + 8)

enum madt_type {
	MADT_LOCAL_APIC = 0,		/* 5.2.12.2 */
	MADT_LAPIC_ADDRESS = 5,		/* 5.2.12.8 */
	MADT_LOCAL_X2APIC = 9,		/* 5.2.12.12 */
};

/*
 * Enabled: the processor can be used. Without it, the socket is empty, or the
 * processor may be added later ("online capable").
 */
#define MADT_ENABLED	0x00000001

struct madt_entry {
	uint8_t type;
	uint8_t length;
	union {
		struct {
			uint8_t uid, id;
			uint32_t flags;
		} __attribute__((packed)) apic;
		struct {
			uint16_t reserved;
			uint64_t address;
		} __attribute__((packed)) lapic;
		struct {
			uint16_t reserved;
			uint32_t id, flags, uid;
		} __attribute__((packed)) x2apic;
	};
} __attribute__((packed));

#define ENTRY_HEAD	offsetof(struct madt_entry, apic)
#define ENTRY_SIZE(kind) (ENTRY_HEAD + sizeof(((struct madt_entry *)0)->kind))

_Static_assert(sizeof(struct rsdp) == 36 && RSDP_1_SIZE == 20, "RSDP");
_Static_assert(ENTRY_SIZE(apic) == 8 && ENTRY_SIZE(lapic) == 12
	       && ENTRY_SIZE(x2apic) == 16, "entries of the MADT");

/* Read the header of the table at pa. Returns true if it has this signature. */
static bool
read_header(read_physical *read, uint64_t pa, const char *signature,
	    struct table *header)
{
	return fwtable_read(read, pa, header, sizeof(*header))
		&& memcmp(header->signature, signature,
			  sizeof(header->signature)) == 0;
}

/* True if the length is possible, and the checksum right. */
static bool
is_valid(read_physical *read, uint64_t pa, uint32_t length, uint32_t min)
{
	return length >= min && length <= TABLE_MAX
		&& fwtable_sums_to_zero(read, pa, length);
}

/*
 * Read the MADT's entry at pa, `left` bytes before the end of the table. Returns
 * its length; 0 if it does not fit there. *entry has only what the entry has.
 */
static uint32_t
read_entry(read_physical *read, uint64_t pa, uint32_t left,
	   struct madt_entry *entry)
{
	if (left < ENTRY_HEAD || !fwtable_read(read, pa, entry, ENTRY_HEAD)
	    || entry->length < ENTRY_HEAD || entry->length > left
	    || !fwtable_read(read, pa, entry,
			     MIN((uint32_t)entry->length,
				 (uint32_t)sizeof(*entry))))
		return 0;
	return entry->length;
}

/*
 * Add the processor of this entry, if it is one, and enabled. Returns true if
 * so. An entry that is too short for its type is passed over.
 */
static bool
add_processor(const struct madt_entry *entry, struct processor_list *list)
{
	uint32_t id;

	if (entry->type == MADT_LOCAL_APIC
	    && entry->length >= ENTRY_SIZE(apic)
	    && (entry->apic.flags & MADT_ENABLED))
		id = entry->apic.id;
	else if (entry->type == MADT_LOCAL_X2APIC
		 && entry->length >= ENTRY_SIZE(x2apic)
		 && (entry->x2apic.flags & MADT_ENABLED))
		id = entry->x2apic.id;
	else
		return false;
	processor_list_add(list, id);
	return true;
}

/* Add the processors of the MADT at pa. Returns true if there are any. */
static bool
add_processors(read_physical *read, uint64_t pa, uint32_t length,
	       struct processor_list *list)
{
	struct madt_entry entry;
	uint64_t lapic;
	uint32_t lapic_low, at, n;
	bool any = false;

	if (!fwtable_read(read, pa + MADT_LAPIC, &lapic_low,
			  sizeof(lapic_low)))
		return false;
	lapic = lapic_low;
	for (at = MADT_ENTRIES; at < length; at += n) {
		n = read_entry(read, pa + at, length - at, &entry);
		if (!n)
			break;
		if (entry.type == MADT_LAPIC_ADDRESS
		    && entry.length >= ENTRY_SIZE(lapic))
			lapic = entry.lapic.address;
		any |= add_processor(&entry, list);
	}
	if (any)
		list->lapic = lapic >> 32 ? 0 : lapic;
	return any;
}

/* Add the processors of the MADT that the RSDT or XSDT at pa lists. */
static bool
ask_root(read_physical *read, uint64_t pa, const char *signature,
	 uint32_t entry_size, struct processor_list *list)
{
	struct table root, table;
	uint64_t entry;
	uint32_t at;

	if (!read_header(read, pa, signature, &root)
	    || !is_valid(read, pa, root.length, HEADER_SIZE))
		return false;
	for (at = HEADER_SIZE; root.length - at >= entry_size;
	     at += entry_size) {
		entry = 0;
		if (!fwtable_read(read, pa + at, &entry, entry_size))
			return false;
		if (read_header(read, entry, "APIC", &table))
			return is_valid(read, entry, table.length,
					MADT_ENTRIES)
				&& add_processors(read, entry, table.length,
						  list);
	}
	return false;
}

/*
 * Return the address of the XSDT, from the RSDP at pa; 0 if there is none, or
 * the part of the RSDP that refers to it is invalid.
 */
static uint64_t
find_xsdt(read_physical *read, physaddr_t pa, struct rsdp *rsdp)
{
	if (rsdp->revision < RSDP_WITH_XSDT
	    || !fwtable_read(read, pa + RSDP_1_SIZE, &rsdp->length,
			     sizeof(rsdp->length))
	    || !is_valid(read, pa, rsdp->length, sizeof(*rsdp))
	    || !fwtable_read(read, pa, rsdp, sizeof(*rsdp)))
		return 0;
	return rsdp->xsdt;
}

bool
acpi_processors(read_physical *read, struct processor_list *list)
{
	const physaddr_t pa = fwtable_find(read, "RSD PTR ", RSDP_1_SIZE);
	struct rsdp rsdp;
	uint64_t xsdt;

	if (!pa || !fwtable_read(read, pa, &rsdp, RSDP_1_SIZE))
		return false;
	xsdt = find_xsdt(read, pa, &rsdp);
	return (xsdt && ask_root(read, xsdt, "XSDT", sizeof(uint64_t), list))
		|| ask_root(read, rsdp.rsdt, "RSDT", sizeof(uint32_t), list);
}
