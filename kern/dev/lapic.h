#ifndef PAGEWALK_KERN_LAPIC_H
#define PAGEWALK_KERN_LAPIC_H

#include <inc/types.h>

/*
 * Let the interrupts of the 8259A controllers through to this processor, if
 * its local APIC blocks them. Most firmware has done so; qboot has not.
 * map(pa) gives access to a page of device registers: it returns the page's
 * address, or 0. unmap() ends that.
 * => Interrupts are off.
 */
void	lapic_init(uintptr_t (*map)(physaddr_t pa), void (*unmap)(void));

#endif
