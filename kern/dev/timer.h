#ifndef PAGEWALK_KERN_TIMER_H
#define PAGEWALK_KERN_TIMER_H

#define TIMER_HZ	100

/* Start the periodic interrupt: TIMER_HZ times a second, on IRQ_TIMER. */
void	timer_init(void);

/* Halt until the next interrupt. Before timer_init, returns at once. */
void	idle(void);

#endif
