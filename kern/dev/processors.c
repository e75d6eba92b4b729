/*
 * Which processors does the machine have? Two kinds of firmware table list
 * them: ACPI's, and the older MP table. Firmware may have both, and the MP
 * table is the one that is no longer kept up to date.
 *
 * Not its job: starting processors.
 */

#include <inc/mmu.h>
#include <kern/dev/acpi.h>
#include <kern/dev/mptable.h>
#include <kern/dev/processors.h>

bool
processors_find(read_physical *read, uint8_t boot_apic_id,
		struct processor_list *list)
{
	processor_list_init(list, boot_apic_id);
	if (acpi_processors(read, list))
		list->source = "ACPI";
	else if (mptable_processors(read, list))
		list->source = "MP table";
	/* The registers begin at a page (SDM 3A 11.4.1). */
	if (PGOFF(list->lapic))
		list->lapic = 0;
	return list->source;
}
