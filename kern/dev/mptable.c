/*
 * The MP table's list of processors (MultiProcessor Specification 1.4, chapter
 * 4). The floating pointer structure, at one of the BIOS's places, refers to
 * the configuration table: a header, then entries, the processors first. It may
 * instead name one of the default configurations (chapter 5).
 *
 * Not its job: buses, interrupts, and the extended entries.
 */

#include <inc/string.h>
#include <kern/dev/mptable.h>

/* The floating pointer structure (4.1). */
struct floating {
	char signature[4];
	uint32_t table;
	uint8_t length;		/* in units of 16 bytes: 1 */
	uint8_t revision;
	uint8_t checksum;
	uint8_t configuration;	/* 0: there is a table; else a default one */
	uint8_t features[4];
};

/* The default configurations differ in buses and interrupts only. */
#define DEFAULT_LAST	7
#define DEFAULT_COUNT	2	/* processors, with identifiers from 0 */
#define DEFAULT_LAPIC	0xFEE00000U

/* The configuration table's header (4.2). */
struct config {
	char signature[4];
	uint16_t length;	/* of header and entries */
	uint8_t revision;
	uint8_t checksum;
	char oem[8], product[12];
	uint32_t oem_table;
	uint16_t oem_size;
	uint16_t entries;
	uint32_t lapic;
	uint16_t extended_length;
	uint8_t extended_checksum;
	uint8_t reserved;
};

/* Enough of it to see what it is, and how long. */
#define CONFIG_BEGINNING	offsetof(struct config, oem)

enum entry_type {
	ENTRY_PROCESSOR = 0,		/* 4.3.1 */
	ENTRY_LOCAL_INTERRUPT = 4,	/* the last that has a size (4.3.5) */
};

#define OTHER_SIZE	8	/* of an entry that is no processor */

struct processor {
	uint8_t type;
	uint8_t apic_id;
	uint8_t apic_version;
	uint8_t flags;
	uint32_t signature, features, reserved[2];
};

#define PROCESSOR_ENABLED	0x01

_Static_assert(sizeof(struct floating) == 16, "floating pointer structure");
_Static_assert(sizeof(struct config) == 44, "configuration table");
_Static_assert(sizeof(struct processor) == 20, "processor entry");

/* The size of an entry; 0 if the type is unknown. */
static uint32_t
entry_size(uint8_t type)
{
	if (type == ENTRY_PROCESSOR)
		return sizeof(struct processor);
	return type <= ENTRY_LOCAL_INTERRUPT ? OTHER_SIZE : 0;
}

/* Add the processors of the table at pa. Returns true if it has any entry. */
static bool
add_processors(read_physical *read, uint64_t pa, const struct config *config,
	       struct processor_list *list)
{
	struct processor entry;
	uint32_t at = sizeof(*config), size, n;
	bool any = false;

	for (n = 0; n < config->entries && at < config->length; n++) {
		if (!fwtable_read(read, pa + at, &entry.type, 1))
			break;
		size = entry_size(entry.type);
		if (!size || size > config->length - at)
			break;
		if (entry.type == ENTRY_PROCESSOR) {
			if (!fwtable_read(read, pa + at, &entry, size))
				break;
			if (entry.flags & PROCESSOR_ENABLED)
				processor_list_add(list, entry.apic_id);
			any = true;
		}
		at += size;
	}
	return any;
}

/* Add the processors of the configuration table at pa. */
static bool
ask_config(read_physical *read, uint64_t pa, struct processor_list *list)
{
	struct config config;

	if (!fwtable_read(read, pa, &config, CONFIG_BEGINNING)
	    || memcmp(config.signature, "PCMP", 4) != 0
	    || config.length < sizeof(config)
	    || !fwtable_sums_to_zero(read, pa, config.length)
	    || !fwtable_read(read, pa, &config, sizeof(config))
	    || !add_processors(read, pa, &config, list))
		return false;
	list->lapic = config.lapic;
	return true;
}

/* Add the processors of a default configuration. */
static bool
add_default(struct processor_list *list)
{
	uint32_t id;

	for (id = 0; id < DEFAULT_COUNT; id++)
		processor_list_add(list, id);
	list->lapic = DEFAULT_LAPIC;
	return true;
}

bool
mptable_processors(read_physical *read, struct processor_list *list)
{
	struct floating floating;
	const physaddr_t pa = fwtable_find(read, "_MP_", sizeof(floating));

	if (!pa || !fwtable_read(read, pa, &floating, sizeof(floating))
	    || floating.length != 1 || floating.configuration > DEFAULT_LAST)
		return false;
	if (floating.configuration)
		return add_default(list);
	return ask_config(read, floating.table, list);
}
