/* System calls on environments: create, control, end, and wait for the end. */

#include <inc/error.h>
#include <inc/stdio.h>
#include <inc/x86.h>
#include <kern/dev/console.h>
#include <kern/env.h>
#include <kern/hooks.h>
#include <kern/queue.h>
#include <kern/sched.h>
#include <kern/sys_console.h>
#include <kern/sys_env.h>
#include <kern/swap.h>
#include <kern/usermem.h>

/* The flags that a program may set for itself. */
#define FL_USER		(FL_CF | FL_PF | FL_AF | FL_ZF | FL_SF | FL_TF \
			 | FL_DF | FL_OF | FL_RF | FL_AC | FL_ID)

int32_t
sys_getenvid(void)
{
	return curenv->env_id;
}

static void
announce(const struct Env *e)
{
	cons_fresh_line();
	if (e == curenv)
		cprintf("[%08x] exiting gracefully\n", curenv->env_id);
	else
		cprintf("[%08x] destroying %08x\n", curenv->env_id, e->env_id);
}

int32_t
sys_env_destroy(uint32_t id)
{
	struct Env *e = env_find_own(id);

	if (!e)
		return -E_BAD_ENV;
	if (!hooks.quiet)
		announce(e);
	env_destroy(e);
	return 0;
}

int32_t
sys_exofork(void)
{
	struct Env *e;
	int error;

	/* Without a free slot, that is the error. */
	if (env_free_list && !swap_may_take())
		return swap_no_memory();
	swap_bring_all();
	syscall_save();
	error = env_copy(&e);
	return error ? swap_result(error) : e->env_id;
}

/* Stop the caller until its parent makes it runnable. */
static void NORETURN
stop_self(void)
{
	syscall_save();
	curenv->env_tf.tf_regs.reg_eax = 0;
	curenv->env_status = ENV_NOT_RUNNABLE;
	sched_next();
}

int32_t
sys_env_set_status(uint32_t id, uint32_t status)
{
	struct Env *e = env_find_own(id);

	if (!e)
		return -E_BAD_ENV;
	if (status != ENV_RUNNABLE && status != ENV_NOT_RUNNABLE)
		return -E_INVAL;
	if (e == curenv) {
		if (status == ENV_NOT_RUNNABLE)
			stop_self();
	} else if (waits_for_disk(e)) {
		/* To users it is runnable. */
		if (status == ENV_NOT_RUNNABLE)
			wait_stop(e);
	} else if (status == ENV_RUNNABLE && waits[env_slot(e)].reason)
		wait_end(e, -E_UNSPECIFIED);
	else if (e->env_status != status)
		env_set_status(e, status);
	return 0;
}

int32_t
sys_env_set_trapframe(uint32_t id, const struct Trapframe *tf)
{
	struct Trapframe new;
	struct Env *e = env_find_own(id);

	if (!e)
		return -E_BAD_ENV;
	user_mem_assert(curenv, tf, sizeof(*tf), 0);
	copy_from_user(&new, tf, sizeof(new));
	new.tf_cs = GD_UT | 3;
	new.tf_ds = new.tf_es = new.tf_ss = GD_UD | 3;
	new.tf_eflags = (new.tf_eflags & FL_USER) | FL_IF | FL_ONE;
	e->env_tf = new;
	env_private(e)->resume = NULL;
	if (e == curenv)
		env_run(e);
	return 0;
}

int32_t
sys_env_set_pgfault_upcall(uint32_t id, void *upcall)
{
	struct Env *e = env_find_own(id);

	if (!e)
		return -E_BAD_ENV;
	e->env_pgfault_upcall = upcall;
	return 0;
}

int32_t
sys_yield(void)
{
	if (queue_empty(QUEUE_RUN))
		sys_console_yielding();
	syscall_save();
	curenv->env_tf.tf_regs.reg_eax = 0;
	sched_yield();
}

int32_t
sys_env_wait(uint32_t id)
{
	struct Env *e = env_find(id);

	if (!e)
		return 0;
	if (e == curenv)
		return -E_INVAL;
	syscall_save();
	wait_begin(WAIT_END, QUEUE_END + env_slot(e))->of = id;
	sched_next();
}
