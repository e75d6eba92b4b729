/*
 * Reports of what stopped the kernel: breakpoints, its own faults, panics.
 * Each one ends in the monitor.
 */

#include <inc/stdio.h>
#include <inc/x86.h>
#include <kern/cpuid.h>
#include <kern/dev/console.h>
#include <kern/kdebug.h>
#include <kern/sections.h>
#include <kern/monitor/monitor.h>
#include <kern/monitor/report.h>
#include <kern/pmap.h>
#include <kern/sched.h>
#include <kern/switch.h>
#include <kern/trapframe.h>
#include <kern/vmwalk.h>

static void NORETURN
monitor_forever(void)
{
	for (;;)
		monitor(NULL);
}

/* A kernel fault: the environment that the kernel ran for cannot continue. */
static void
abandon_user(void)
{
	struct Env *e = sched_abandon();

	if (!e)
		return;
	cons_fresh_line();
	cprintf("[%08x] stopped: the kernel faulted while running for it\n",
		e->env_id);
}

/* --- Breakpoints -------------------------------------------------------- */

static void
report_stop(struct Trapframe *tf)
{
	struct Eipdebuginfo place;

	debuginfo_eip(tf->tf_eip, &place);
	cons_fresh_line();
	cprintf("%s at %08x: %s+%u (%s:%d)\n", trapname(tf->tf_trapno),
		tf->tf_eip, place.eip_fn_name, tf->tf_eip - place.eip_fn_addr,
		place.eip_file, place.eip_line);
	/* The monitor shows no TF, unless `step` sets it again. */
	tf->tf_eflags &= ~FL_TF;
	monitor(tf);
}

/* --- The kernel's own faults -------------------------------------------- */

/* Print everything that helps to find the bug. */
static void
report_fault(struct Trapframe *tf, const pde_t *pgdir)
{
	char why[200];
	uint32_t va = rcr2();

	print_trapframe(tf);
	if (tf->tf_trapno == T_PGFLT) {
		vm_explain(pgdir, va, tf->tf_err, why, sizeof(why));
		cprintf("kernel page fault: %s\n", why);
		if (va >= PGSIZE && va < UTOP)
			cprintf("The kernel touches user memory only through"
				" copy_from_user and copy_to_user.\n");
	} else
		cprintf("kernel trap: %s\n", trapname(tf->tf_trapno));
	backtrace_trap(pgdir, tf->tf_eip, tf->tf_regs.reg_ebp, trap_esp(tf));
}

static void
report_double_fault(struct Trapframe *tf, const pde_t *pgdir)
{
	uintptr_t esp = tf->tf_regs.reg_oesp;
	struct vm_walk w;
	char why[200];

	print_trapframe(tf);
	cprintf("kernel double fault: no trap frame could be pushed at esp"
		" 0x%08x\n", esp);
	vm_explain(pgdir, rcr2(), FEC_WR, why, sizeof(why));
	cprintf("  last page fault: %s\n", why);
	if (!vm_walk(pgdir, esp - 4, &w)) {
		vm_explain(pgdir, esp - 4, FEC_WR, why, sizeof(why));
		cprintf("  the stack is not mapped: %s\n", why);
	}
	backtrace_trap(pgdir, tf->tf_eip, tf->tf_regs.reg_ebp, esp);
}

/* The top of CPU 0's stack, as the directory in use shows it. */
static uintptr_t
stack_top(void)
{
	return vm_current() == entry_pgdir ? (uintptr_t)bootstacktop
		: KSTACKTOP;
}

/*
 * Map page n of CPU 0's stack again if its entry is not as it should be, and
 * set *mended. Returns false if there is no table with an entry for it.
 */
static bool
mend_stack_page(uint32_t n, bool *mended)
{
	const uint32_t global = vm_current() != entry_pgdir && cpu_features.pge
		? PTE_G : 0;
	physaddr_t pa = PADDR(bootstack) + n * PGSIZE;
	uintptr_t va = stack_top() - KSTKSIZE + n * PGSIZE;
	struct vm_walk w;

	vm_walk(vm_current(), va, &w);
	if (w.mapped && PTE_ADDR(w.pa) == pa && (w.rights & PTE_W))
		return true;
	if (!w.ptep)
		return false;
	*(pte_t *)w.ptep = pa | PTE_P | PTE_W | global;
	invlpg((void *)va);
	*mended = true;
	return true;
}

/*
 * Map all of CPU 0's stack again: programs that run later need it. Does not
 * use pmap.c, which may be what failed. Returns false if that is impossible.
 */
static bool
mend_stack(void)
{
	bool mended = false;
	uint32_t n;

	for (n = 0; n < PGNUM(KSTKSIZE); n++)
		if (!mend_stack_page(n, &mended))
			return false;
	if (mended)
		cprintf("The stack's missing pages are mapped again.\n");
	return true;
}

void
report_trap(struct Trapframe *tf, const pde_t *pgdir)
{
	if (!tf)
		monitor_forever();
	if (tf->tf_trapno == T_BRKPT || tf->tf_trapno == T_DEBUG
	    || from_user(tf)) {
		report_stop(tf);
		return;
	}
	cons_fresh_line();
	if (tf->tf_trapno == T_DBLFLT)
		report_double_fault(tf, pgdir);
	else
		report_fault(tf, pgdir);
	abandon_user();
	/* The old kernel stack is lost: start with an empty one. */
	if (tf->tf_trapno == T_DBLFLT && mend_stack())
		call_on_stack(stack_top(), monitor_forever);
	for (;;)
		monitor(tf->tf_trapno == T_DBLFLT ? NULL : tf);
}

/* --- Panics ------------------------------------------------------------- */

void
report_panic(const char *file)
{
	/* The file of a panic whose backtrace is being printed, or NULL. */
	static const char *reporting;

	if (reporting)
		cprintf("(second panic; the first was in %s)\n", reporting);
	else {
		reporting = file;
		cprintf("Stack backtrace:\n");
		/* From _panic's frame on. */
		backtrace_from(vm_current(),
			       *(uint32_t *)__builtin_frame_address(0));
	}
	reporting = NULL;
	abandon_user();
	monitor_forever();
}
