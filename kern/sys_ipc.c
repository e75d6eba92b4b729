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
#include <kern/sys_ipc.h>
#include <kern/sys_mem.h>

/*
 * Check the page of a message from e. Returns 0 with *store set, to NULL if
 * there is no page, or -E_INVAL.
 */
static int
find_page(const struct Env *from, uintptr_t srcva, uint32_t perm,
	  struct PageInfo **store)
{
	struct PageInfo *pp;
	pte_t *pte;

	*store = NULL;
	if (srcva >= UTOP)
		return 0;
	if (!page_va_valid(srcva) || !page_perm_valid(perm))
		return -E_INVAL;
	pp = page_lookup(from->env_pgdir, (void *)srcva, &pte);
	if (!pp || ((perm & PTE_W) && !(*pte & PTE_W)))
		return -E_INVAL;
	*store = pp;
	return 0;
}

/*
 * Give a message to an environment that receives. Returns 0, or an error of
 * sys_ipc_try_send with nothing changed.
 */
static int
deliver(const struct Env *from, struct Env *to, uint32_t value,
	uintptr_t srcva, uint32_t perm)
{
	uintptr_t dstva = (uintptr_t)to->env_ipc_dstva;
	struct PageInfo *pp;
	int error;

	error = find_page(from, srcva, perm, &pp);
	if (error)
		return error;
	if (!pp || dstva >= UTOP)
		perm = 0;
	else if (page_insert(to->env_pgdir, pp, (void *)dstva, perm) < 0)
		return -E_NO_MEM;
	to->env_ipc_recving = false;
	to->env_ipc_value = value;
	to->env_ipc_from = from->env_id;
	to->env_ipc_perm = perm;
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
	struct Env *e;

	if (envid2env(to, &e, false) < 0)
		return -E_BAD_ENV;
	if (!e->env_ipc_recving)
		return -E_IPC_NOT_RECV;
	return send_now(e, value, srcva, perm);
}

int32_t
sys_ipc_send(uint32_t to, uint32_t value, uintptr_t srcva, uint32_t perm)
{
	struct wait w = { WAIT_RECEIVER, to, value, srcva, perm, 0 };
	struct PageInfo *pp;
	struct Env *e;

	if (envid2env(to, &e, false) < 0)
		return -E_BAD_ENV;
	if (e->env_ipc_recving)
		return send_now(e, value, srcva, perm);
	if (e == curenv || find_page(curenv, srcva, perm, &pp) < 0)
		return -E_INVAL;
	syscall_save();
	wait_begin(&w, QUEUE_SENDERS + (e - envs));
	sched_yield();
}

/*
 * Take the message of the first sender that waits for curenv and can deliver
 * it. A sender that cannot gets the error. Returns false if there is none.
 */
static bool
take_from_sender(void)
{
	uint32_t queue = QUEUE_SENDERS + (curenv - envs), n;
	const struct wait *w;
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
	static const struct wait w = { .reason = WAIT_MESSAGE };

	if (dstva < UTOP && dstva % PGSIZE != 0)
		return -E_INVAL;
	curenv->env_ipc_dstva = (void *)dstva;
	if (take_from_sender())
		return 0;
	syscall_save();
	curenv->env_ipc_recving = true;
	wait_begin(&w, QUEUE_NONE);
	sched_yield();
}
