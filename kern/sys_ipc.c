/*
 * System calls for messages. Nothing is stored on the way: a message goes from
 * a sender to a receiver, and one of the two waits for the other. A receiver
 * waits with env_ipc_recving set. Senders wait in a queue of their receiver,
 * first come, first served.
 */

#include <inc/error.h>
#include <kern/env.h>
#include <kern/queue.h>
#include <kern/sched.h>
#include <kern/swap.h>
#include <kern/sys_ipc.h>
#include <kern/sys_mem.h>

/*
 * Give the page of a message to the receiver, if it wants one. Returns the
 * permissions, 0 for no page, or an error of sys_ipc_try_send.
 */
static int
give_page(struct Env *from, struct Env *to, uintptr_t srcva,
	  uint32_t perm)
{
	struct PageInfo *pp = page_to_share(from, srcva, perm);
	void *dstva = to->env_ipc_dstva;
	int error;

	if (!pp)
		return -E_INVAL;
	if ((uintptr_t)dstva >= UTOP)
		return 0;
	if (!swap_may_map(to, (uintptr_t)dstva, pp))
		return swap_no_memory();
	error = page_insert(to->env_pgdir, pp, dstva, perm);
	if (unlikely(error))
		return swap_result(error);
	return perm;
}

/*
 * Give a message to an environment that receives. Returns 0, or an error of
 * sys_ipc_try_send with nothing changed.
 */
static int
deliver(struct Env *from, struct Env *to, uint32_t value,
	uintptr_t srcva, uint32_t perm)
{
	int given = 0;

	if (srcva < UTOP) {
		given = give_page(from, to, srcva, perm);
		if (given < 0)
			return given;
	}
	to->env_ipc_value = value;
	to->env_ipc_from = from->env_id;
	to->env_ipc_perm = given;
	return 0;
}

/* Send to e, which waits for a message. */
static int
send_now(struct Env *e, uint32_t value, uintptr_t srcva, uint32_t perm)
{
	int error = deliver(curenv, e, value, srcva, perm);

	if (!error)
		wait_end(e, 0);
	return error;
}

int32_t
sys_ipc_try_send(uint32_t to, uint32_t value, uintptr_t srcva, uint32_t perm)
{
	struct Env *e = env_find(to);

	if (!e)
		return -E_BAD_ENV;
	if (!e->env_ipc_recving)
		return -E_IPC_NOT_RECV;
	return send_now(e, value, srcva, perm);
}

/* Send to e when it receives. */
static NOINLINE int32_t
send_later(struct Env *e, uint32_t value, uintptr_t srcva, uint32_t perm)
{
	struct wait *w;

	if (e == curenv
	    || (srcva < UTOP && !page_to_share(curenv, srcva, perm)))
		return -E_INVAL;
	syscall_save();
	w = wait_begin(WAIT_RECEIVER, QUEUE_SENDERS + env_slot(e));
	w->of = e->env_id;
	w->value = value;
	w->srcva = srcva;
	w->perm = perm;
	sched_next();
}

int32_t
sys_ipc_send(uint32_t to, uint32_t value, uintptr_t srcva, uint32_t perm)
{
	struct Env *e = env_find(to);

	if (!e)
		return -E_BAD_ENV;
	return e->env_ipc_recving ? send_now(e, value, srcva, perm)
		: send_later(e, value, srcva, perm);
}

/*
 * Take the message of the first sender in the queue that can deliver it. A
 * sender that cannot gets the error. Returns false if there is none.
 */
static NOINLINE bool
take_from_sender(uint32_t queue)
{
	const struct wait *w;
	uint32_t n;
	int error;

	while ((n = queue_first(queue)) != queue) {
		w = &waits[n];
		error = deliver(&envs[n], curenv, w->value, w->srcva, w->perm);
		wait_end(&envs[n], error);
		if (!error)
			return true;
	}
	return false;
}

int32_t
sys_ipc_recv(uintptr_t dstva)
{
	uint32_t queue = QUEUE_SENDERS + env_slot(curenv);

	if (dstva < UTOP && dstva % PGSIZE != 0)
		return -E_INVAL;
	curenv->env_ipc_dstva = (void *)dstva;
	if (!queue_empty(queue) && take_from_sender(queue))
		return 0;
	syscall_save();
	curenv->env_ipc_recving = true;
	wait_begin(WAIT_MESSAGE, QUEUE_NONE);
	sched_next();
}
