/*
 * Traps of users: a fault ends the environment that made it, and nothing else.
 *
 * A trap's frame is on the kernel's stack. It goes to curenv only if another
 * environment may run before this one goes on.
 */

#include <inc/stdio.h>
#include <inc/string.h>
#include <inc/x86.h>
#include <kern/env.h>
#include <kern/fpu.h>
#include <kern/kdebug.h>
#include <kern/program.h>
#include <kern/sched.h>
#include <kern/trap.h>
#include <kern/vmwalk.h>

void
user_preempt(struct Trapframe *tf)
{
	curenv->env_tf = *tf;
	sched_yield();
}

/* Where it happened, in the program's own terms, as far as they are known. */
static void
print_user_place(uintptr_t eip)
{
	struct Eipdebuginfo place;

	if (debuginfo_eip(eip, &place) == 0)
		cprintf("  in %s: %s+%u (%s:%d)\n", program_name(curenv),
			place.eip_fn_name, eip - place.eip_fn_addr,
			place.eip_file, place.eip_line);
}

static void
page_fault_handler(struct Trapframe *tf)
{
	uint32_t va = rcr2();
	char why[200];

	cprintf("[%08x] user fault va %08x ip %08x\n", curenv->env_id, va,
		tf->tf_eip);
	print_trapframe(tf);
	vm_explain(curenv->env_pgdir, va, tf->tf_err, why, sizeof(why));
	cprintf("user page fault: %s\n", why);
	print_user_place(tf->tf_eip);
	env_destroy(curenv);
}

void
user_trap(struct Trapframe *tf)
{
	if (tf->tf_trapno == T_DEVICE && fpu_enter())
		return;

	/* A step is wanted, and told in one line. */
	if (tf->tf_trapno != T_DEBUG)
		cprintf("Incoming TRAP frame at %p\n", (void *)tf);
	/* What is shown, and may be changed, is the environment's. */
	curenv->env_tf = *tf;
	tf = &curenv->env_tf;
	switch (tf->tf_trapno) {
	case T_PGFLT:
		page_fault_handler(tf);
		break;
	case T_BRKPT:
	case T_DEBUG:
		if (tf->tf_trapno == T_BRKPT)
			print_trapframe(tf);
		stopped(tf);
		break;
	default:
		print_trapframe(tf);
		print_user_place(tf->tf_eip);
		env_destroy(curenv);
	}
	env_run(curenv);
}
