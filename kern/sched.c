/*
 * The scheduler, round-robin: the environment that ran goes to the end of the
 * run queue (queue.c), and the first of the queue runs next.
 *
 * Limits: one processor.
 */

#include <inc/assert.h>
#include <inc/x86.h>
#include <kern/dev/timer.h>
#include <kern/env.h>
#include <kern/fpu.h>
#include <kern/hooks.h>
#include <kern/nmi.h>
#include <kern/pmap.h>
#include <kern/queue.h>
#include <kern/sched.h>
#include <kern/switch.h>

struct Trapframe *syscall_frame;

/*
 * Enter user mode as slot n of envs. Inlined: compilers take functions that do
 * not return for rare ones, but every time slice begins here.
 * => It is not in the run queue.
 */
static ALWAYS_INLINE void NORETURN
enter(uint32_t n)
{
	struct EnvPrivate *p = &env_privates[n];
	struct Env *e = &envs[n];

	if (e != curenv) {
		fpu_leave();
		if (curenv)
			read_fs_gs(&env_private(curenv)->segments);
		write_fs_gs(&p->segments);
		curenv = e;
		lcr3(PADDR(e->env_pgdir));
	}
	e->env_status = ENV_RUNNING;
	e->env_runs++;
	if (p->resume)
		call_on_stack(KSTACKTOP, p->resume);
	env_pop_tf(&e->env_tf);
}

void
env_run(struct Env *e)
{
	if (e != curenv && curenv && curenv->env_status == ENV_RUNNING)
		env_set_status(curenv, ENV_RUNNABLE);
	env_set_status(e, ENV_RUNNING);
	if (!hooks.checking)
		nmi_begin();
	/* A fault in the kernel may have left another directory. */
	lcr3(PADDR(e->env_pgdir));
	enter(env_slot(e));
}

static void
nothing_to_run(void)
{
	nmi_end();
	cprintf("No runnable environments in the system!\n");
	if (hooks.debugger)
		hooks.debugger(NULL, kern_pgdir);
	halt_forever();
}

/*
 * Halt until an environment is runnable. An interrupt wakes it, of the timer or
 * of the disk.
 */
static void
wait_for_others(void)
{
	while (queue_empty(QUEUE_RUN))
		idle();
	sched_next();
}

static SLOW_PATH void NORETURN
nothing_runnable(void)
{
	/* Neither the monitor nor a time returns to a check. */
	if (hooks.checking)
		panic("sched_yield: no runnable environment");
	call_on_stack(KSTACKTOP,
		      queue_empty(QUEUE_SLEEP) && queue_empty(QUEUE_DISK)
		      ? nothing_to_run : wait_for_others);
}

void
sched_next(void)
{
	uint32_t n = queue_take(QUEUE_RUN);

	if (n == QUEUE_RUN)
		nothing_runnable();
	enter(n);
}

void
sched_yield(void)
{
	struct Env *e = curenv;

	if (e && e->env_status == ENV_RUNNING) {
		e->env_status = ENV_RUNNABLE;
		queue_insert(QUEUE_RUN, env_slot(e));
	}
	sched_next();
}

void
sched_leave(const struct Trapframe *tf)
{
	curenv->env_tf = *tf;
	sched_yield();
}

void
env_destroy(struct Env *e)
{
	bool current = e == curenv;

	env_free(e);
	if (!current)
		return;
	curenv = NULL;
	if (env_count == 1)
		cprintf("Destroyed the only environment - nothing more to"
			" do!\n");
	sched_yield();
}

struct Env *
sched_abandon(void)
{
	struct Env *e = curenv;

	nmi_end();
	if (!e)
		return NULL;
	env_set_status(e, ENV_NOT_RUNNABLE);
	curenv = NULL;
	/*
	 * Without a current environment, no environment's directory is in use.
	 * (A double fault may have left entry.S's.)
	 */
	if (window_mapped == KERNWINSIZE)
		lcr3(PADDR(kern_pgdir));
	return e;
}
