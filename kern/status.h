#ifndef PAGEWALK_KERN_STATUS_H
#define PAGEWALK_KERN_STATUS_H

/*
 * The status of environments: which one runs, which are runnable, and what the
 * others wait for.
 */

#include <inc/env.h>
#include <kern/pmap.h>	/* envs */
#include <kern/queue.h>

extern struct Env *curenv;		/* the one that runs, or NULL */

/* The reasons why an environment is not runnable. */
enum wait_for {
	/* In no queue: */
	WAIT_NONE,		/* its creator: sys_env_set_status */
	WAIT_MESSAGE,		/* sys_ipc_recv */
	/* In one: */
	WAIT_RECEIVER,		/* sys_ipc_send: `of` is to receive */
	WAIT_TIME,		/* sys_sleep */
	WAIT_END,		/* sys_env_wait: `of` is to end */
	/* In QUEUE_DISK, until what was tried can be tried again: */
	WAIT_PAGE,		/* slot `of` of the swap area */
	WAIT_FRAME,		/* any free frame */
};

struct wait {
	enum wait_for reason;
	envid_t of;
	/* The message to send. */
	uint32_t value;
	uintptr_t srcva;	/* or that of the page it waits for */
	int perm;
	uint32_t tick;		/* when to wake */
};

/* The slot of e, which is not free: faster than a division of its offset. */
static inline uint32_t
env_slot(const struct Env *e)
{
	return ENVX(e->env_id);
}

extern struct wait waits[NENV];

/* True if e waits in QUEUE_DISK. */
static inline bool
waits_for_disk(const struct Env *e)
{
	return waits[env_slot(e)].reason >= WAIT_PAGE;
}

/* Change e's status, and with it whether e is in the run queue. */
void	env_set_status(struct Env *e, unsigned status);

/*
 * Make the current environment wait for reason: at the end of a queue
 * (kern/queue.h), before a slot in one, or, with QUEUE_NONE, in none. Returns
 * its struct wait, whose other members the caller sets.
 * => Its registers are saved; sched_next follows.
 */
static inline struct wait *
wait_begin(enum wait_for reason, uint32_t before)
{
	uint32_t n = env_slot(curenv);

	waits[n].reason = reason;
	if (before != QUEUE_NONE)
		queue_insert(before, n);
	curenv->env_status = ENV_NOT_RUNNABLE;
	return &waits[n];
}

/*
 * End e's wait: its system call returns result, and it is runnable.
 * => e waits.
 */
void	wait_end(struct Env *e, int32_t result);

/*
 * The same without a result: what e waited for in QUEUE_DISK is tried again.
 */
void	wait_over(struct Env *e);

/* End e's wait, and leave it not runnable: it tries again when it is runnable. */
void	wait_stop(struct Env *e);

/*
 * Forget e, which ends: it waits no more, and the environments that wait for it
 * go on. Those that wanted to send get -E_BAD_ENV.
 */
void	wait_forget(struct Env *e);

#endif
