#ifndef PAGEWALK_KERN_PROCESSORS_H
#define PAGEWALK_KERN_PROCESSORS_H

#include <inc/types.h>

#define NPROCESSORS	8	/* the most that a list can hold */

/*
 * The processors of the machine, by the identifiers of their local APICs. No
 * identifier appears twice.
 */
struct processor_list {
	uint32_t count;		/* those in apic_id; at least the first */
	uint32_t more;		/* usable ones that are not in apic_id */
	uint8_t apic_id[NPROCESSORS];	/* the boot processor's is the first */
	physaddr_t lapic;	/* of the registers; 0 if unknown */
	const char *source;	/* "ACPI" or "MP table"; NULL for neither */
};

/*
 * Copy size bytes of physical memory, beginning at pa, to `to`. Returns false
 * if that memory cannot be read. What is read may be firmware, device registers
 * or no memory at all.
 */
typedef bool read_physical(physaddr_t pa, void *to, size_t size);

/*
 * Find the processors that the firmware's tables list: ACPI's MADT or, if there
 * is no valid one, the MP table. Sets *list. The boot processor, with the
 * identifier boot_apic_id, is in the list even if no table names it.
 * Processors that are disabled are not counted. `more` counts usable ones that
 * find no place in the list, or have an identifier above 254: an 8-bit local
 * APIC cannot address them.
 * Returns false, with the boot processor alone in *list, if there is no table.
 * => read never gets a range that ends above 4 GiB, or more than
 * PROCESSORS_READ bytes. Nothing else is promised about its addresses: they
 * come from the firmware.
 * => A table may name the wrong address of the local APICs. The processor's own
 * register, where it has one, is the better source.
 */
#define PROCESSORS_READ	1024
bool	processors_find(read_physical *read, uint8_t boot_apic_id,
			struct processor_list *list);

#endif
