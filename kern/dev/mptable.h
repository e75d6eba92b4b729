#ifndef PAGEWALK_KERN_MPTABLE_H
#define PAGEWALK_KERN_MPTABLE_H

#include <kern/dev/fwtable.h>
#include <kern/dev/proclist.h>

/*
 * Add the enabled processors of the MP table to the list, and set its lapic.
 * Returns false, with the list unchanged, if there is no valid table, or it has
 * no processor. One whose only processor is disabled is valid: some firmware
 * writes it for the boot processor.
 */
bool	mptable_processors(read_physical *read, struct processor_list *list);

#endif
