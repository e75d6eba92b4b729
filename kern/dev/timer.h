#ifndef PAGEWALK_KERN_TIMER_H
#define PAGEWALK_KERN_TIMER_H

#include <inc/types.h>

#define TIMER_HZ	100
#define MSEC_PER_TICK	(1000 / TIMER_HZ)

/* Start the periodic interrupt: TIMER_HZ times a second, on IRQ_TIMER. */
void	timer_init(void);

/* The interrupts so far. */
extern uint32_t timer_ticks;

/*
 * True if the timer ticks. Waits for the first interrupt, if that has not come
 * yet, and gives up on a machine that has no timer.
 */
bool	timer_works(void);

/* Count an interrupt of the timer. */
void	timer_ticked(void);

/* The time for which the processor has halted. Only in a benchmark. */
extern uint64_t idle_instructions;

/*
 * Halt until the next interrupt. Returns at once if the timer has never ticked,
 * before timer_init or on a machine without one: nothing else would end a halt.
 */
void	idle(void);

#endif
