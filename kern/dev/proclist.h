#ifndef PAGEWALK_KERN_PROCLIST_H
#define PAGEWALK_KERN_PROCLIST_H

#include <inc/types.h>

#define NPROCESSORS	8	/* the most that a list can hold */
#define APIC_IDS	255	/* identifiers of 8-bit local APICs: 0 to 254 */
#define APIC_IDS_SEEN	256	/* those that are remembered */

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
	uint8_t seen[APIC_IDS_SEEN / 8];	/* a bit for each that was added */
};

/* Make a list of one processor. */
void	processor_list_init(struct processor_list *list, uint8_t boot_apic_id);

/*
 * Add a usable processor, unless it is in the list. One for which there is no
 * room is counted in `more`. So is one with an identifier above 254, because an
 * 8-bit local APIC cannot address it. One that is added again counts once; but
 * identifiers from APIC_IDS_SEEN are not remembered, and count each time.
 */
void	processor_list_add(struct processor_list *list, uint32_t apic_id);

#endif
