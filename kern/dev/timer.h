#ifndef PAGEWALK_KERN_TIMER_H
#define PAGEWALK_KERN_TIMER_H

#define TIMER_HZ	100

/* Have channel 0 of the timer interrupt TIMER_HZ times a second. */
void	timer_init(void);

/* Stop the processor until an interrupt comes; not before timer_init. */
void	idle(void);

#endif
