/*
 * System calls: the table. The calls are in sys_*.c, by subject. Arguments come
 * from the program: each call validates its own, before it changes anything.
 *
 * The common path is short: the frame stays on the stack where the trap has put
 * it, and is copied to curenv only by a call that lets another environment run
 * (syscall_save).
 */

#include <inc/error.h>
#include <inc/syscall.h>
#include <kern/env.h>
#include <kern/repeat.h>
#include <kern/sched.h>
#include <kern/swap.h>
#include <kern/switch.h>
#include <kern/sys_console.h>
#include <kern/sys_env.h>
#include <kern/sys_ipc.h>
#include <kern/sys_mem.h>
#include <kern/sys_time.h>
#include <kern/syscall.h>

/*
 * By number. Each call takes as many of the five arguments as it needs, and the
 * caller removes them (i386 ABI), so the calls have no common type. sysenter.S
 * has a table of the same order.
 */
static const void *const handlers[NSYSCALLS] = {
	sys_cputs, sys_cgetc, sys_getenvid, sys_env_destroy,
	sys_page_alloc, sys_page_map, sys_page_unmap,
	sys_exofork, sys_env_set_status, sys_env_set_trapframe,
	sys_env_set_pgfault_upcall, sys_yield,
	sys_ipc_try_send, sys_ipc_recv, sys_time_msec,
	sys_cow_range, sys_cow_page, sys_ipc_send, sys_sleep, sys_env_wait,
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

/* Make curenv's call once more. Its registers are in curenv->env_tf. */
static void
repeat(void)
{
	struct Trapframe *tf = &curenv->env_tf;

	env_private(curenv)->resume = NULL;
	syscall(tf);
	swap_call_ended();
	env_pop_tf(tf);
}

void
syscall_repeat_init(void)
{
	repeat_call = repeat;
}
