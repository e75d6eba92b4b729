#ifndef PAGEWALK_KERN_SCHED_H
#define PAGEWALK_KERN_SCHED_H

#include <inc/env.h>

/* Nobody is runnable yet. */
void	sched_init(void);

/* Choose a runnable environment, round-robin, and run it; or the monitor. */
void	sched_yield(void) NORETURN;

/* Is there nobody who could run, but curenv? */
bool	sched_idle(void);

/* e is, or is no longer, among those that sched_yield chooses from. */
void	sched_add(struct Env *e);
void	sched_remove(struct Env *e);

#endif
