#ifndef PAGEWALK_KERN_SYS_TIME_H
#define PAGEWALK_KERN_SYS_TIME_H

/* System calls about time, which passes in ticks of the timer. */

#include <inc/types.h>

/* Return the milliseconds since the start. */
int32_t	sys_time_msec(void);

/*
 * Wait for at least msec milliseconds. Returns 0, or -E_NOT_SUPP on a machine
 * without a timer.
 */
int32_t	sys_sleep(uint32_t msec);

/* Wake those whose time has come. Called for each tick. */
void	sleep_tick(void);

#endif
