/*
 * System calls: what a program may ask of the kernel. Arguments are numbers
 * that somebody else chose: each call looks at its own before it believes them.
 *
 * The frequent way is short: the frame stays on the stack where the trap has
 * put it, and is copied to curenv only by a call that hands the processor over.
 */

#include <inc/error.h>
#include <inc/stdio.h>
#include <inc/syscall.h>
#include <inc/x86.h>
#include <kern/console.h>
#include <kern/cpuid.h>
#include <kern/env.h>
#include <kern/sched.h>
#include <kern/syscall.h>

/* The frame of the call in hand. */
static struct Trapframe *frame;

/* Before another environment runs: curenv will go on with this result. */
static void
leave_with(int32_t result)
{
	curenv->env_tf = *frame;
	curenv->env_tf.tf_regs.reg_eax = result;
}

/* Print a string of user memory. Ends the caller if it is not all readable. */
static int32_t
sys_cputs(uint32_t s, uint32_t len)
{
	char chunk[128];
	uint32_t n, i;

	user_mem_assert(curenv, (const char *)s, len, 0);
	for (; len; s += n, len -= n) {
		n = MIN(len, (uint32_t)sizeof(chunk));
		copy_from_user(chunk, (const char *)s, n);
		for (i = 0; i < n; i++)
			cputchar(chunk[i]);
	}
	return 0;
}

/* Next character from the console, or 0: does not wait. */
static int32_t
sys_cgetc(void)
{
	return cons_getc();
}

static int32_t
sys_getenvid(void)
{
	return curenv->env_id;
}

static int32_t
sys_env_destroy(uint32_t id)
{
	struct Env *e;

	if (envid2env(id, &e, true) < 0)
		return -E_BAD_ENV;
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
	leave_with(0);
	sched_yield();
}

/* A number that stands for nothing yet. */
static int32_t
sys_none(void)
{
	return -E_INVAL;
}

/*
 * By number. Each takes as many of the five arguments as it needs, and the
 * caller clears them away (i386 ABI): so they have no common type. For sysenter
 * (trapentry.S), those that may not come back at once lead to a detour that
 * makes a frame.
 */
#define TABLE(with_frame) {						\
	sys_cputs, sys_cgetc, sys_getenvid, sys_env_destroy,		\
	sys_none, sys_none, sys_none, sys_none, sys_none, sys_none,	\
	sys_none, with_frame(sys_yield), sys_none, sys_none,		\
}
#define ITSELF(f)	f
#define DETOUR(f)	sysenter_with_frame

static const void *const handlers[NSYSCALLS] = TABLE(ITSELF);
const void *const syscall_fast_table[NSYSCALLS] = TABLE(DETOUR);

typedef int32_t (*handler)(uint32_t, uint32_t, uint32_t, uint32_t, uint32_t);

void
syscall(struct Trapframe *tf)
{
	struct PushRegs *r = &tf->tf_regs;

	if (r->reg_eax >= NSYSCALLS) {
		r->reg_eax = -E_INVAL;
		return;
	}
	frame = tf;
	r->reg_eax = ((handler)handlers[r->reg_eax])(r->reg_edx, r->reg_ecx,
		r->reg_ebx, r->reg_edi, r->reg_esi);
}

void
syscall_init(void)
{
	if (!cpu_features.sep)
		return;
	/* SS, and a user's CS and SS, follow from this one (SDM 2B SYSENTER). */
	wrmsr(MSR_SYSENTER_CS, GD_KT);
	wrmsr(MSR_SYSENTER_ESP, KSTACKTOP);
	wrmsr(MSR_SYSENTER_EIP, (uintptr_t)sysenter_entry);
}
