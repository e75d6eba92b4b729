#ifndef PAGEWALK_KERN_PROCESSORS_H
#define PAGEWALK_KERN_PROCESSORS_H

#include <kern/dev/fwtable.h>
#include <kern/dev/proclist.h>

/*
 * Find the processors that the firmware's tables list: ACPI's MADT or, if there
 * is no valid one, the MP table. Sets *list. The boot processor, with the
 * identifier boot_apic_id, is in the list even if no table names it.
 * Processors that are disabled are not counted.
 * Returns false, with the boot processor alone in *list, if there is no table.
 * => A table may name a wrong address of the local APICs' registers. The
 * processor's own register for it (MSR_APIC_BASE) is the better source.
 */
bool	processors_find(read_physical *read, uint8_t boot_apic_id,
			struct processor_list *list);

#endif
