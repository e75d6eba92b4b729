/*
 * Checks of sys_time.c, and of queues with several environments: those that
 * sleep. The ticks are the checks' own: while they run, the timer's do not
 * count.
 */

#include <inc/error.h>
#include <inc/x86.h>
#include <kern/check/own/calls.h>
#include <kern/check/own/user.h>
#include <kern/dev/timer.h>
#include <kern/env.h>
#include <kern/queue.h>
#include <kern/sys_time.h>

static uint32_t ticks_before;

static void
begin(uint32_t ticks)
{
	calls_begin();
	ticks_before = timer_ticks;
	timer_ticks = ticks;
}

static void
finish(void)
{
	timer_ticks = ticks_before;
	calls_end();
}

static void
sleep_for(struct Env *e, uint32_t msec, uint32_t until)
{
	EXPECT_NEXT(NULL, e, SYS_sleep, msec);
	expect_waiting(e, WAIT_TIME);
	EXPECT_EQ(waits[e - envs].tick, until);
	EXPECT_EQ(e->env_tf.tf_regs.reg_edx, msec);
}

static void
expect_sleepers(const struct Env *a, const struct Env *b, const struct Env *c)
{
	const struct Env *all[] = { a, b, c };
	uint32_t n = queue_first(QUEUE_SLEEP);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(all) && all[i]; i++) {
		EXPECT_EQ(n, all[i] - envs);
		n = queue_after(n);
	}
	EXPECT_EQ(n, QUEUE_SLEEP);
}

static void
time_counts_ticks(void)
{
	static const uint32_t ticks[] = { 1, 2, 100, 12345, 214748364 };
	size_t i;

	begin(1);
	for (i = 0; i < ARRAY_SIZE(ticks); i++) {
		timer_ticks = ticks[i];
		EXPECT_EQ(ASK(me, SYS_time_msec), ticks[i] * 10);
	}
	finish();
}

/* At least so long: the tick that has begun does not count. */
static void
sleep_is_long_enough(void)
{
	static const struct {
		uint32_t msec, ticks;
	} times[] = {
		{ 0, 1 }, { 1, 2 }, { 9, 2 }, { 10, 2 }, { 11, 3 }, { 20, 3 },
		{ 1000, 101 }, { 1001, 102 }, { 0x7FFFFFFF, 214748366 },
		{ 0xFFFFFFFF, 429496731 },
	};
	size_t i;

	begin(1000);
	for (i = 0; i < ARRAY_SIZE(times); i++) {
		sleep_for(me, times[i].msec, 1000 + times[i].ticks);
		timer_ticks = 1000 + times[i].ticks - 1;
		sleep_tick();
		expect_waiting(me, WAIT_TIME);
		timer_ticks++;
		sleep_tick();
		expect_woken(me, 0);
		expect_sleepers(NULL, NULL, NULL);
		timer_ticks = 1000;
	}
	finish();
}

static void
sleepers_are_sorted(uint32_t now)
{
	struct Env *fourth;

	begin(now);
	fourth = new_env(0);
	sleep_for(me, 100, now + 11);
	sleep_for(child, 50, now + 6);
	sleep_for(other, 100, now + 11);
	expect_sleepers(child, me, other);
	sleep_for(fourth, 70, now + 8);
	timer_ticks = now + 5;
	sleep_tick();
	expect_waiting(child, WAIT_TIME);
	timer_ticks = now + 6;
	sleep_tick();
	expect_woken(child, 0);
	expect_sleepers(fourth, me, other);
	/* A tick that was late: both, in their order. */
	timer_ticks = now + 10;
	sleep_tick();
	expect_woken(fourth, 0);
	expect_sleepers(me, other, NULL);
	timer_ticks = now + 500;
	sleep_tick();
	EXPECT_EQ(queue_first(QUEUE_RUN), me - envs);
	EXPECT_EQ(queue_after(me - envs), other - envs);
	expect_woken(me, 0);
	expect_woken(other, 0);
	env_free(fourth);
	finish();
}

static void
first_to_wake_is_first(void)
{
	sleepers_are_sorted(1000);
}

static void
ticks_may_wrap(void)
{
	uint32_t back;

	for (back = 1; back < 13; back++)
		sleepers_are_sorted(-back);
	sleepers_are_sorted(0x7FFFFFFC);
}

static void
sleepers_can_end(void)
{
	begin(1000);
	sleep_for(me, 30, 1004);
	sleep_for(child, 20, 1003);
	sleep_for(other, 40, 1005);
	env_free(me);
	expect_sleepers(child, other, NULL);
	me = new_env(0);
	child->env_parent_id = me->env_id;
	EXPECT_EQ(ASK(me, SYS_env_set_status, child->env_id, ENV_RUNNABLE), 0);
	expect_woken(child, -E_UNSPECIFIED);
	expect_sleepers(other, NULL, NULL);
	timer_ticks = 2000;
	sleep_tick();
	expect_woken(other, 0);
	EXPECT(queue_empty(QUEUE_RUN), "another environment goes on");
	finish();
}

static void
sleep_needs_a_timer(void)
{
	begin(0);
	EXPECT_REFUSED(-E_NOT_SUPP, me, SYS_sleep, 10);
	EXPECT_EQ(ASK(me, SYS_time_msec), 0);
	finish();
}

const struct check own_waiting_checks[] = {
	LONG_OWN(CALLS, time_counts_ticks, "sys_time_msec",
		 "sys_time_msec: ten milliseconds for each tick"),
	LONG_OWN(CALLS, sleep_is_long_enough, "sys_sleep",
		 "sys_sleep waits for at least the time asked for"),
	LONG_OWN(CALLS, first_to_wake_is_first, "sys_sleep",
		 "sys_sleep: each sleeper wakes at its tick, the first to wake"
		 " is queued first"),
	LONG_OWN(CALLS, ticks_may_wrap, "sys_sleep",
		 "sys_sleep: the count of ticks may wrap meanwhile"),
	LONG_OWN(CALLS, sleepers_can_end, "sys_sleep",
		 "sys_sleep: a sleeper that ends, or is made runnable, leaves"
		 " the others"),
	LONG_OWN(CALLS, sleep_needs_a_timer, "sys_sleep",
		 "sys_sleep without a timer returns -E_NOT_SUPP"),
	CHECK_TABLE_END
};
