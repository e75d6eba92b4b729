#ifndef PAGEWALK_KERN_RUNQ_H
#define PAGEWALK_KERN_RUNQ_H

/*
 * The run queue: numbers of slots of envs, in the order in which they will run.
 * Each number is in it once at most.
 */

#include <inc/env.h>

/* Make the queue empty. */
void	runq_init(void);

/* Put n at the end of the queue. => It is not there yet. */
void	runq_add(uint32_t n);

/* Take n out of the queue. => It is there. */
void	runq_remove(uint32_t n);

/* True if the queue is empty. */
bool	runq_empty(void);

/* Take the first number out of the queue and return it; NENV if it is empty. */
uint32_t runq_next(void);

#endif
