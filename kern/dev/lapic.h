#ifndef PAGEWALK_KERN_LAPIC_H
#define PAGEWALK_KERN_LAPIC_H

/*
 * Let the interrupts of the 8259A controllers through to this processor, if
 * its local APIC stands in the way. Most firmware has done so; qboot has not.
 * => Called before mem_init, on the first page tables, interrupts off.
 */
void	lapic_init(void);

#endif
