#ifndef PAGEWALK_KERN_PIC_H
#define PAGEWALK_KERN_PIC_H


/*
 * Set up both interrupt controllers: interrupt n uses vector IRQ_OFFSET + n.
 * All interrupts are masked.
 */
void	pic_init(void);

/* Unmask interrupt irq, 0 to 15. */
void	pic_unmask(int irq);

/* End interrupt irq, so that the next one may come. */
void	pic_done(int irq);

#endif
