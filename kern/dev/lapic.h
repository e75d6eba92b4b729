#ifndef PAGEWALK_KERN_LAPIC_H
#define PAGEWALK_KERN_LAPIC_H

#include <inc/types.h>

/*
 * Make the local APIC pass the 8259As' interrupts on to this processor, if it
 * blocks them. Most firmware has done so; qboot has not.
 * map(pa) gives access to a page of device registers: it returns the page's
 * address, or 0. unmap() ends that.
 * => Interrupts are off.
 */
void	lapic_init(uintptr_t (*map)(physaddr_t pa), void (*unmap)(void));

#endif
