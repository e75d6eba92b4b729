#ifndef PAGEWALK_KERN_PIC_H
#define PAGEWALK_KERN_PIC_H

#include <inc/types.h>

/* The second controller's lowest input; the first's is IRQ_SPURIOUS. */
#define IRQ_SPURIOUS2	15

/*
 * Set up both interrupt controllers: interrupt n uses vector IRQ_OFFSET + n.
 * All interrupts are masked.
 */
void	pic_init(void);

/* Unmask interrupt irq, 0 to 15. */
void	pic_unmask(int irq);

/*
 * True if no device has raised irq: a request ended before the processor took
 * it. Ends what such an interrupt leaves in service. => Called in its handler.
 */
bool	pic_spurious(int irq);

/* End interrupt irq, so that the next one may come. */
void	pic_done(int irq);

#endif
