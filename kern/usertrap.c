/*
 * Traps from user mode: a page fault goes to the program's handler, if it has
 * one; any other fault ends the environment that caused it, and nothing else.
 *
 * A trap's frame is on the kernel's stack. It is copied to curenv only if
 * another environment may run before this one continues.
 */

#include <inc/stdio.h>
#include <inc/x86.h>
#include <kern/cpuid.h>
#include <kern/dev/console.h>
#include <kern/env.h>
#include <kern/fpu.h>
#include <kern/hooks.h>
#include <kern/kdebug.h>
#include <kern/nmi.h>
#include <kern/pgfault.h>
#include <kern/program.h>
#include <kern/sched.h>
#include <kern/swap.h>
#include <kern/trapframe.h>
#include <kern/usermem.h>
#include <kern/usertrap.h>
#include <kern/vmwalk.h>

#define PUSHF		0x9C
#define MAX_INSTRUCTION	15	/* bytes, prefixes included (SDM 2A 2.3.11) */

/* How far from the stack pointer functions usually touch their stack. */
#define STACK_REACH	(16 * PGSIZE)

/* Print eip as a function and line of the program, if known. */
static void
print_user_place(uintptr_t eip)
{
	struct Eipdebuginfo place;

	if (debuginfo_eip(eip, &place) == 0)
		cprintf("  in %s: %s+%u (%s:%d)\n", program_name(curenv),
			place.eip_fn_name, eip - place.eip_fn_addr,
			place.eip_file, place.eip_line);
}

/*
 * True if a fault at va looks like an overflow of the user stack, which has one
 * page: va is below that page, above or not far below the stack pointer, and
 * nothing is mapped there.
 */
static bool
stack_overflowed(const struct Trapframe *tf, uintptr_t va)
{
	uintptr_t bottom = USTACKTOP - PGSIZE, esp = tf->tf_esp;

	if (esp > bottom || esp < bottom - PTSIZE)
		esp = bottom;		/* no array is so large */
	return va < bottom && va >= esp - STACK_REACH
		&& !(tf->tf_err & FEC_PR);
}

void
page_fault_handler(struct Trapframe *tf)
{
	uint32_t va = rcr2();
	char why[200];

	cprintf("[%08x] user fault va %08x ip %08x\n", curenv->env_id, va,
		tf->tf_eip);
	print_trapframe(tf);
	vm_explain(curenv->env_pgdir, va, tf->tf_err, why, sizeof(why));
	cprintf("user page fault: %s\n", why);
	if (stack_overflowed(tf, va))
		cprintf("user stack overflow: the stack is one page, from %p\n",
			(void *)(USTACKTOP - PGSIZE));
	print_user_place(tf->tf_eip);
	env_destroy(curenv);
}

/* --- Single steps ------------------------------------------------------- */

/* The environment being single-stepped; true if it executes PUSHF next. */
static envid_t stepping;
static bool pushes_flags;

/* True for a prefix: segment, operand and address size, LOCK, repetition. */
static bool
is_prefix(uint8_t byte)
{
	static const uint8_t prefixes[] = {
		0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65, 0x66, 0x67, 0xF0, 0xF2,
		0xF3,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (prefixes[i] == byte)
			return true;
	return false;
}

/* True if the user's instruction at eip is PUSHF, after any prefixes. */
static bool
is_pushf(uintptr_t eip)
{
	uint8_t byte;
	int i;

	for (i = 0; i < MAX_INSTRUCTION; i++) {
		/* The next byte may be on a page that is not mapped. */
		if (user_mem_here(curenv, (void *)(eip + i), 1, 0) < 0)
			return false;
		copy_from_user(&byte, (void *)(eip + i), 1);
		if (!is_prefix(byte))
			return byte == PUSHF;
	}
	return false;
}

void
user_step(struct Trapframe *tf)
{
	stepping = curenv->env_id;
	pushes_flags = is_pushf(tf->tf_eip);
}

/*
 * True if this trap ends a requested step. Then clear TF in the flags that a
 * PUSHF has stored: the program does not see it.
 */
static bool
was_stepped(const struct Trapframe *tf)
{
	uint16_t flags;

	if (tf->tf_trapno != T_DEBUG || stepping != curenv->env_id)
		return false;
	stepping = 0;
	if (pushes_flags && user_mem_here(curenv, (void *)tf->tf_esp,
					   sizeof(flags), PTE_W) == 0) {
		copy_from_user(&flags, (void *)tf->tf_esp, sizeof(flags));
		flags &= ~FL_TF;
		copy_to_user((void *)tf->tf_esp, &flags, sizeof(flags));
	}
	return true;
}

/*
 * Let the program handle its page fault. Returns whether that ends a requested
 * step: the next instruction is the handler's first.
 */
static bool
handle_by_program(struct Trapframe *tf)
{
	if (likely(stepping != curenv->env_id)) {
		pgfault_upcall(tf, 0);
		return false;
	}
	pgfault_upcall(tf, FL_TF);
	/* The faulting instruction has stored nothing. */
	pushes_flags = false;
	tf->tf_trapno = T_DEBUG;
	return true;
}

/*
 * QEMU 7.2 executes a program's IRET with the kernel's rights, so SMAP forbids
 * it to read the program's stack. Then do without SMAP, and return true:
 * the instruction is to be tried again. On hardware, a program's own accesses
 * have FEC_U set, and implicit ones are to the kernel's tables.
 */
static SLOW_PATH bool
smap_misjudged(void)
{
	if (!cpu_features.smap || rcr2() >= ULIM)
		return false;
	cpu_features.smap = false;
	lcr4(rcr4() & ~CR4_SMAP);
	return true;
}

/* --- All traps ---------------------------------------------------------- */

/* Report a trap. Then end the environment, or stop in the monitor. */
static NOINLINE void
report(struct Trapframe *tf)
{
	cons_fresh_line();
	/* The monitor reports a requested step, in one line. */
	if (!was_stepped(tf))
		cprintf("Incoming TRAP frame at %p\n", (void *)tf);
	/* The monitor shows and may change the environment's registers. */
	curenv->env_tf = *tf;
	tf = &curenv->env_tf;
	switch (tf->tf_trapno) {
	case T_PGFLT:
		page_fault_handler(tf);
		break;
	case T_BRKPT:
	case T_NMI:		/* raised by hardware, not by the program */
		print_trapframe(tf);
		/* fall through */
	case T_DEBUG:
		nmi_reported();
		if (hooks.debugger)
			hooks.debugger(tf, curenv->env_pgdir);
		break;
	default:
		print_trapframe(tf);
		print_user_place(tf->tf_eip);
		env_destroy(curenv);
	}
	env_run(curenv);
}

/* True if the table's entry for va is not 0. A quick test before swap_fault. */
static ALWAYS_INLINE bool
has_entry(uintptr_t va)
{
	const pte_t *pte = user_entry(curenv->env_pgdir, va);

	return pte && *pte;
}

/* swap_fault; not inlined, because it is rare, and needs registers. */
static SLOW_PATH bool
bring_in(struct Trapframe *tf)
{
	return swap_fault(tf, rcr2());
}

void
user_trap(struct Trapframe *tf)
{
	if (tf->tf_trapno == T_PGFLT) {
		if (unlikely(!(tf->tf_err & FEC_U)) && smap_misjudged())
			return;
		if (swap_on && !(tf->tf_err & FEC_PR) && has_entry(rcr2())
		    && bring_in(tf))
			return;
		if (curenv->env_pgfault_upcall && !handle_by_program(tf))
			return;
	}
	if (tf->tf_trapno == T_DEVICE) {
		/* Its registers may need a frame, and it cannot wait. */
		if (unlikely(!page_free_list))
			swap_reclaim(1);
		if (fpu_enter(&env_private(curenv)->fpu))
			return;
	}
	report(tf);
}
