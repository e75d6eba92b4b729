/*
 * System calls: the table, and the short calls. Arguments come from the program:
 * each call validates its own.
 *
 * The common path is short: the frame stays on the stack where the trap has put
 * it, and is copied to curenv only by a call that lets another environment run.
 */

#include <inc/error.h>
#include <inc/stdio.h>
#include <inc/syscall.h>
#include <kern/dev/console.h>
#include <kern/env.h>
#include <kern/sched.h>
#include <kern/sys_console.h>
#include <kern/syscall.h>

int32_t
sys_getenvid(void)
{
	return curenv->env_id;
}

int32_t
sys_env_destroy(uint32_t id)
{
	struct Env *e;

	if (envid2env(id, &e, true) < 0)
		return -E_BAD_ENV;
	cons_fresh_line();
	if (e == curenv)
		cprintf("[%08x] exiting gracefully\n", curenv->env_id);
	else
		cprintf("[%08x] destroying %08x\n", curenv->env_id, e->env_id);
	env_destroy(e);
	return 0;
}

static int32_t
sys_yield(void)
{
	sys_console_yielding();
	syscall_frame->tf_regs.reg_eax = 0;
	sched_leave(syscall_frame);
}

/* An unassigned number. */
int32_t
sys_none(void)
{
	return -E_INVAL;
}

/*
 * By number. Each call takes as many of the five arguments as it needs, and the
 * caller removes them (i386 ABI), so the calls have no common type. sysenter.S
 * has a table of the same order.
 */
static const void *const handlers[NSYSCALLS] = {
	sys_cputs, sys_cgetc, sys_getenvid, sys_env_destroy,
	sys_none, sys_none, sys_none, sys_none, sys_none, sys_none, sys_none,
	sys_yield, sys_none, sys_none,
};

typedef int32_t (*handler)(uint32_t, uint32_t, uint32_t, uint32_t, uint32_t);

void
syscall(struct Trapframe *tf)
{
	struct PushRegs *r = &tf->tf_regs;

	if (r->reg_eax >= NSYSCALLS) {
		r->reg_eax = -E_INVAL;
		return;
	}
	syscall_frame = tf;
	r->reg_eax = ((handler)handlers[r->reg_eax])(r->reg_edx, r->reg_ecx,
		r->reg_ebx, r->reg_edi, r->reg_esi);
}
