/*
 * Double faults: the kernel's last report when a trap could not be delivered.
 *
 * The processor switches to a task of its own for it (gates.c), with a stack
 * and a page directory that nothing can have damaged. The task becomes the
 * kernel's normal one again, returns to the directory that was in use if the
 * kernel can run in it, and reports the fault.
 *
 * entry_pgdir has a gap below df_stack. The kernel's directory has one below
 * DFSTACKTOP, where it shows the same stack again, but none in its window. So
 * the stack pointer changes with the directory.
 *
 * Limits: one processor. The old kernel stack is lost.
 */

#include <inc/stdio.h>
#include <inc/x86.h>
#include <kern/doublefault.h>
#include <kern/gates.h>
#include <kern/hooks.h>
#include <kern/pmap.h>
#include <kern/sections.h>
#include <kern/switch.h>
#include <kern/vmwalk.h>

/* The fault, and the directory in use. Not locals: the stack changes. */
static struct Trapframe frame;
static const pde_t *pgdir;

/* True if pgdir maps everything that the kernel needs to run. */
static bool
directory_sane(void)
{
	const uintptr_t needed[] = {
		(uintptr_t)double_fault, (uintptr_t)gdt, (uintptr_t)idt,
		(uintptr_t)df_stack,
		(uintptr_t)&df_stack[ARRAY_SIZE(df_stack) - 1],
		(uintptr_t)pgdir, KERNBASE, KERNBASE + KERNWINSIZE - PGSIZE,
	};
	struct vm_walk w;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(needed); i++)
		if (!vm_walk(pgdir, needed[i], &w)
		    || w.pa != needed[i] - KERNBASE)
			return false;
	return true;
}

/* The trap frame that the state in ts would have made. */
static struct Trapframe
double_fault_frame(const struct Taskstate *ts)
{
	return (struct Trapframe) {
		.tf_regs = {
			.reg_edi = ts->ts_edi, .reg_esi = ts->ts_esi,
			.reg_ebp = ts->ts_ebp, .reg_oesp = ts->ts_esp,
			.reg_ebx = ts->ts_ebx, .reg_edx = ts->ts_edx,
			.reg_ecx = ts->ts_ecx, .reg_eax = ts->ts_eax,
		},
		.tf_es = ts->ts_es, .tf_ds = ts->ts_ds,
		.tf_trapno = T_DBLFLT, .tf_eip = ts->ts_eip,
		.tf_cs = ts->ts_cs, .tf_eflags = ts->ts_eflags,
	};
}

/* Load the directory that was in use, if the kernel can run in it. */
static void
restore_directory(void)
{
	if (pgdir == entry_pgdir)
		return;
	if (directory_sane()) {
		lcr3(PADDR(pgdir));
		window_mapped = KERNWINSIZE;
	} else
		cprintf("The page directory is damaged; continuing on entry.S's"
			".\n");
}

/* True if the directory in use shows df_stack below DFSTACKTOP. */
static bool
stack_has_a_gap(void)
{
	uint32_t page = PGNUM(DFSTACKTOP - KSTKSIZE);
	struct vm_range r;

	return vm_next_range(vm_current(), &page, PGNUM(DFSTACKTOP), &r)
		&& r.npages == PGNUM(KSTKSIZE) && (r.flags & PTE_W)
		&& r.pa == (uintptr_t)df_stack - KERNBASE;
}

static void
report(void)
{
	if (hooks.trapped)
		hooks.trapped(&frame);
	if (hooks.debugger)
		hooks.debugger(&frame, pgdir);
	halt_forever();
}

void
double_fault(void)
{
	/* A task switch does not save CR3 (SDM 3A 7.3), so deduce it. */
	pgdir = window_mapped == KERNWINSIZE ? kern_pgdir : entry_pgdir;
	frame = double_fault_frame(&tss);
	/* entry_pgdir maps only the first ENTRY_MAPPED bytes. */
	window_mapped = ENTRY_MAPPED;
	/* Leave the nested task, so that a later fault finds its gates. */
	gdt_init();
	write_eflags(read_eflags() & ~FL_NT);
	/*
	 * Leave CR0.TS set, as the switch has done (SDM 3A 7.3): the x87
	 * registers may belong to an environment, which then traps and reloads
	 * them.
	 */
	restore_directory();
	if (stack_has_a_gap())
		call_on_stack(DFSTACKTOP, report);
	report();
}
