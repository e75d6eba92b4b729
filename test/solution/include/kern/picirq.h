#ifndef PAGEWALK_SOLUTION_KERN_PICIRQ_H
#define PAGEWALK_SOLUTION_KERN_PICIRQ_H

/* The interrupt controllers, as declared in a course's later labs. */

#include <inc/types.h>
#include <inc/x86.h>

#define MAX_IRQS	16
#define IO_PIC1		0x20
#define IO_PIC2		0xA0
#define IRQ_SLAVE	2

extern uint16_t irq_mask_8259A;

#endif
