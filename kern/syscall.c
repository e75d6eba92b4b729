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
#include <kern/dev/console.h>
#include <kern/cpuid.h>
#include <kern/env.h>
#include <kern/hooks.h>
#include <kern/sched.h>
#include <kern/switch.h>
#include <kern/syscall.h>
#include <kern/dev/timer.h>

/* The frame of the call in hand. */
static struct Trapframe *frame;

/* Before another environment runs: curenv will go on with this result. */
static void
leave_with(int32_t result)
{
	curenv->env_tf = *frame;
	curenv->env_tf.tf_regs.reg_eax = result;
}

/* --- The console ------------------------------------------------------- */

/*
 * A line takes its time, and nobody is to wait for a whole book: a text is
 * printed in pieces, and between them others have their turns.
 */
struct text {
	const char *s;
	uint32_t len;
};

/* What each environment has yet to print; and how many have something. */
static struct text unprinted[NENV];
uint32_t syscalls_unfinished;

/* Print the beginning of *t, and leave the rest there. */
static void
print_piece(struct text *t)
{
	char piece[CPUTS_PIECE];
	uint32_t n = MIN(t->len, (uint32_t)sizeof(piece)), i;

	copy_from_user(piece, t->s, n);
	for (i = 0; i < n; i++)
		cputchar(piece[i]);
	t->s += n;
	t->len -= n;
}

/* Print a string of user memory. Ends the caller if it is not all readable. */
int32_t
sys_cputs(const char *s, uint32_t len)
{
	struct text t = { s, len };

	user_mem_assert(curenv, s, len, 0);
	do
		print_piece(&t);
	/* A check has its caller's stack to lose. */
	while (t.len && hooks.checking);
	if (t.len) {
		leave_with(0);
		unprinted[ENVX(curenv->env_id)] = t;
		syscalls_unfinished++;
		sched_yield();
	}
	return 0;
}

/* Another piece. In the meantime somebody may have taken the memory away. */
static void
print_on(void)
{
	struct text *t = &unprinted[ENVX(curenv->env_id)];

	user_mem_assert(curenv, t->s, MIN(t->len, (uint32_t)CPUTS_PIECE), 0);
	print_piece(t);
	syscalls_unfinished -= !t->len;
	sched_yield();
}

void
syscall_finish(struct Env *e)
{
	if (unprinted[e - envs].len)
		call_on_stack(KSTACKTOP, print_on);
}

void
syscall_forget(struct Env *e)
{
	struct text *t = &unprinted[e - envs];

	syscalls_unfinished -= t->len != 0;
	t->len = 0;
}

/*
 * Who asks for a key in vain, yields, asks again, yields, and so on for a while,
 * has nothing else to do. Who has just asked, and how often he has yielded then.
 */
#define A_WHILE		16
static envid_t has_asked;
static unsigned rounds;

/* Next character from the console, or 0: does not wait. */
static int32_t
sys_cgetc(void)
{
	int c = cons_getc();

	if (c || has_asked)
		rounds = 0;
	has_asked = c ? 0 : curenv->env_id;
	return c;
}

/* --- Environments ------------------------------------------------------ */

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
	cons_fresh_line();
	if (e == curenv)
		cprintf("[%08x] exiting gracefully\n", curenv->env_id);
	else
		cprintf("[%08x] destroying %08x\n", curenv->env_id, e->env_id);
	env_destroy(e);
	return 0;
}

/* The processor may, if all that there is to do is to ask for a key again. */
static void
rest(void)
{
	has_asked = 0;
	if (++rounds > A_WHILE && sched_idle())
		idle();
}

static int32_t
sys_yield(void)
{
	leave_with(0);
	if (has_asked == curenv->env_id)
		rest();
	else
		rounds = 0;
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
#define TABLE(cputs, with_frame) {					\
	cputs, sys_cgetc, sys_getenvid, sys_env_destroy,		\
	sys_none, sys_none, sys_none, sys_none, sys_none, sys_none,	\
	sys_none, with_frame(sys_yield), sys_none, sys_none,		\
}
#define ITSELF(f)	f
#define DETOUR(f)	sysenter_with_frame

static const void *const handlers[NSYSCALLS] = TABLE(sys_cputs, ITSELF);
const void *const syscall_fast_table[NSYSCALLS] = TABLE(sysenter_cputs, DETOUR);

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
