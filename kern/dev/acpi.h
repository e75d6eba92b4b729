#ifndef PAGEWALK_KERN_ACPI_H
#define PAGEWALK_KERN_ACPI_H

#include <kern/dev/fwtable.h>
#include <kern/dev/proclist.h>

/*
 * Add the enabled processors of ACPI's MADT to the list, and set its lapic.
 * Returns false, with the list unchanged, if there is no valid MADT, or it has
 * no enabled processor.
 */
bool	acpi_processors(read_physical *read, struct processor_list *list);

#endif
