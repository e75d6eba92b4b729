#ifndef PAGEWALK_KERN_STATUS_H
#define PAGEWALK_KERN_STATUS_H

/*
 * The status of environments: which one runs, which are runnable, and what the
 * others wait for.
 */

#include <inc/env.h>
#include <kern/pmap.h>	/* envs */

extern struct Env *curenv;		/* the one that runs, or NULL */

/* What an environment that is not runnable waits for. */
enum wait_for {
	WAIT_NONE,		/* its creator: sys_env_set_status */
	WAIT_MESSAGE,		/* sys_ipc_recv */
	WAIT_RECEIVER,		/* sys_ipc_send: `of` is to receive */
	WAIT_TIME,		/* sys_sleep */
	WAIT_END,		/* sys_env_wait: `of` is to end */
};

struct wait {
	enum wait_for reason;
	envid_t of;
	/* The message to send. */
	uint32_t value;
	uintptr_t srcva;
	int perm;
	uint32_t tick;		/* when to wake */
};

extern struct wait waits[NENV];

/* Change e's status, and with it whether e is in the run queue. */
void	env_set_status(struct Env *e, unsigned status);

/*
 * Make the current environment wait: at the end of a queue (kern/queue.h),
 * before a slot in one, or, with QUEUE_NONE, in none.
 * => Its registers are saved; sched_yield follows.
 */
void	wait_begin(const struct wait *w, uint32_t before);

/*
 * End e's wait: its system call returns result, and it is runnable.
 * => e waits.
 */
void	wait_end(struct Env *e, int32_t result);

/*
 * Forget e, which ends: it waits no more, and the environments that wait for it
 * go on. Those that wanted to send get -E_BAD_ENV.
 */
void	wait_forget(struct Env *e);

#endif
