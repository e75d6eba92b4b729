/*
 * System calls about time. The environments that sleep are in a queue, the next
 * to wake first.
 */

#include <inc/error.h>
#include <inc/x86.h>
#include <kern/dev/timer.h>
#include <kern/env.h>
#include <kern/queue.h>
#include <kern/sched.h>
#include <kern/sys_time.h>

int32_t
sys_time_msec(void)
{
	return timer_ticks * MSEC_PER_TICK;
}

/* True if tick a is before tick b. The count wraps after 497 days. */
static bool
before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

/* Return the first in the queue that wakes after tick, or the queue. */
static uint32_t
first_after(uint32_t tick)
{
	uint32_t n = queue_first(QUEUE_SLEEP);

	while (n != QUEUE_SLEEP && !before(tick, waits[n].tick))
		n = queue_after(n);
	return n;
}

int32_t
sys_sleep(uint32_t msec)
{
	uint32_t tick;

	if (!timer_works())
		return -E_NOT_SUPP;
	/* The current tick has begun already: it does not count. */
	tick = timer_ticks + msec / MSEC_PER_TICK
		+ (msec % MSEC_PER_TICK != 0) + 1;
	syscall_save();
	wait_begin(WAIT_TIME, first_after(tick))->tick = tick;
	sched_next();
}

void
sleep_tick(void)
{
	uint32_t n;

	if (env_count == 0)
		return;			/* perhaps before env_init */
	while ((n = queue_first(QUEUE_SLEEP)) != QUEUE_SLEEP
	       && !before(timer_ticks, waits[n].tick))
		wait_end(&envs[n], 0);
}
