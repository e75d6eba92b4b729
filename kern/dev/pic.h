#ifndef PAGEWALK_KERN_PIC_H
#define PAGEWALK_KERN_PIC_H

#define IRQ_TIMER	0
#define IRQ_SPURIOUS	7	/* the controller's "it was nothing" */

/*
 * Set up both interrupt controllers: interrupt n arrives at vector
 * IRQ_OFFSET + n, and all are masked.
 */
void	pic_init(void);

/* Let interrupt irq (0 to 15) through. */
void	pic_unmask(int irq);

/* Tell the controllers that interrupt irq is dealt with. */
void	pic_done(int irq);

#endif
