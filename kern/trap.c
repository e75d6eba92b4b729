/*
 * Traps: what the processor does when an instruction goes wrong, told in
 * words.
 *
 * Every exception goes through a gate of the interrupt table to trapentry.S
 * and from there to trap(). All but one use the stack they find. A double
 * fault usually means that there is none, so its gate is a task gate: the
 * processor itself switches to a stack and to a page directory that nothing
 * can have spoilt, entry.S's. (SDM 3A 6, 7)
 *
 * Device interrupts come this way too, at IRQ_OFFSET and up (pic.c).
 *
 * Traps of users are usertrap.c's, system calls syscall.c's.
 *
 * Limits: one processor.
 */

#include <inc/assert.h>
#include <inc/stdio.h>
#include <inc/string.h>
#include <inc/x86.h>
#include <kern/dev/console.h>
#include <kern/hooks.h>
#include <kern/map.h>
#include <kern/page.h>
#include <kern/dev/pic.h>
#include <kern/syscall.h>
#include <kern/trap.h>
#include <kern/vmwalk.h>

/* Flat segments for all; addresses are translated by paging alone. */
static struct Segdesc gdt[] = {
	[GD_KT >> 3] = SEG_FLAT(STA_X | STA_R, 0),
	[GD_KD >> 3] = SEG_FLAT(STA_W, 0),
	[GD_UT >> 3] = SEG_FLAT(STA_X | STA_R, 3),
	[GD_UD >> 3] = SEG_FLAT(STA_W, 3),
	[GD_TSS0 >> 3] = { .sd_p = 0 },		/* filled in by trap_init */
	[GD_TSS_DF >> 3] = { .sd_p = 0 },
};

static struct Gatedesc idt[256];

/* The running task, and the one for double faults. */
static struct Taskstate tss, df_tss;

/* The double fault's stack, in units of words. */
static uint32_t df_stack[KSTKSIZE / 4];

static const char *const names[] = {
	[T_DIVIDE]	= "Divide error",
	[T_DEBUG]	= "Debug",
	[T_NMI]		= "Non-Maskable Interrupt",
	[T_BRKPT]	= "Breakpoint",
	[T_OFLOW]	= "Overflow",
	[T_BOUND]	= "BOUND Range Exceeded",
	[T_ILLOP]	= "Invalid Opcode",
	[T_DEVICE]	= "Device Not Available",
	[T_DBLFLT]	= "Double Fault",
	[T_COPROC]	= "Coprocessor Segment Overrun",
	[T_TSS]		= "Invalid TSS",
	[T_SEGNP]	= "Segment Not Present",
	[T_STACK]	= "Stack Fault",
	[T_GPFLT]	= "General Protection",
	[T_PGFLT]	= "Page Fault",
	[T_RES]		= "(unknown trap)",
	[T_FPERR]	= "x87 FPU Floating-Point Error",
	[T_ALIGN]	= "Alignment Check",
	[T_MCHK]	= "Machine-Check",
	[T_SIMDERR]	= "SIMD Floating-Point Exception",
};

const char *
trapname(int trapno)
{
	if (trapno >= 0 && trapno < (int)ARRAY_SIZE(names))
		return names[trapno];
	if (trapno == T_SYSCALL)
		return "System call";
	if (trapno >= IRQ_OFFSET && trapno < IRQ_OFFSET + 16)
		return "Hardware Interrupt";
	return "(unknown trap)";
}

/* --- Set-up ------------------------------------------------------------ */

static void double_fault(void);

static void
idt_init(void)
{
	extern char trap_divide[], trap_debug[], trap_nmi[], trap_brkpt[],
		trap_oflow[], trap_bound[], trap_illop[], trap_device[],
		trap_coproc[], trap_tss[], trap_segnp[], trap_stack[],
		trap_gpflt[], trap_pgflt[], trap_res[], trap_fperr[],
		trap_align[], trap_mchk[], trap_simderr[], trap_default[];
	extern char *const irq_stubs[16];
	static char *const stubs[NEXCEPTIONS] = {
		trap_divide, trap_debug, trap_nmi, trap_brkpt, trap_oflow,
		trap_bound, trap_illop, trap_device, NULL /* a task gate */,
		trap_coproc, trap_tss, trap_segnp, trap_stack, trap_gpflt,
		trap_pgflt, trap_res, trap_fperr, trap_align, trap_mchk,
		trap_simderr,
	};
	struct Pseudodesc pd = { sizeof(idt) - 1, (uint32_t)(uintptr_t)idt };
	size_t i;

	/* Interrupt gates: a handler is not interrupted itself. */
	for (i = 0; i < ARRAY_SIZE(idt); i++)
		idt[i] = GATE(STS_IG32, GD_KT, (uintptr_t)
			      (i < NEXCEPTIONS && stubs[i] ? stubs[i]
			       : trap_default), 0);
	for (i = 0; i < 16; i++)
		idt[IRQ_OFFSET + i] = GATE(STS_IG32, GD_KT,
					   (uintptr_t)irq_stubs[i], 0);
	idt[T_DBLFLT] = GATE(STS_TG, GD_TSS_DF, 0, 0);
	/* What users may raise themselves. */
	idt[T_BRKPT] = GATE(STS_IG32, GD_KT, (uintptr_t)trap_brkpt, 3);
	idt[T_OFLOW] = GATE(STS_IG32, GD_KT, (uintptr_t)trap_oflow, 3);
	idt[T_SYSCALL] = GATE(STS_IG32, GD_KT, (uintptr_t)trap_syscall, 3);
	lidt(&pd);
}

static void
gdt_init(void)
{
	struct Pseudodesc pd = { sizeof(gdt) - 1, (uint32_t)(uintptr_t)gdt };

	tss.ts_esp0 = KSTACKTOP;
	tss.ts_ss0 = GD_KD;
	tss.ts_iomb = sizeof(tss);	/* no I/O port for users */

	df_tss.ts_cr3 = (uintptr_t)entry_pgdir - KERNBASE;
	df_tss.ts_eip = (uintptr_t)double_fault;
	df_tss.ts_esp = (uintptr_t)&df_stack[ARRAY_SIZE(df_stack)];
	df_tss.ts_cs = GD_KT;
	df_tss.ts_ss = df_tss.ts_ds = df_tss.ts_es = GD_KD;
	df_tss.ts_eflags = FL_ONE;	/* IF is clear */
	df_tss.ts_iomb = sizeof(df_tss);

	gdt[GD_TSS0 >> 3] = SEG_TSS((uintptr_t)&tss, sizeof(tss));
	gdt[GD_TSS_DF >> 3] = SEG_TSS((uintptr_t)&df_tss, sizeof(df_tss));
	lgdt(&pd);
	load_kernel_segments(GD_KT, GD_KD);
	ltr(GD_TSS0);
	/*
	 * A reset leaves a local table at address 0 (SDM 3A table 9-1), where
	 * users could write gates of their own. None, then.
	 */
	lldt(0);
}

void
trap_set_stack(uintptr_t esp0)
{
	tss.ts_esp0 = esp0;
}

void
trap_init(void)
{
	gdt_init();
	idt_init();
}

/* --- In words ---------------------------------------------------------- */

void
print_regs(struct PushRegs *regs)
{
	cprintf("  edi  0x%08x\n", regs->reg_edi);
	cprintf("  esi  0x%08x\n", regs->reg_esi);
	cprintf("  ebp  0x%08x\n", regs->reg_ebp);
	cprintf("  oesp 0x%08x\n", regs->reg_oesp);
	cprintf("  ebx  0x%08x\n", regs->reg_ebx);
	cprintf("  edx  0x%08x\n", regs->reg_edx);
	cprintf("  ecx  0x%08x\n", regs->reg_ecx);
	cprintf("  eax  0x%08x\n", regs->reg_eax);
}

bool
from_user(const struct Trapframe *tf)
{
	return (tf->tf_cs & 3) == 3;
}

void
print_trapframe(struct Trapframe *tf)
{
	cprintf("TRAP frame at %p from CPU 0\n", (void *)tf);
	print_regs(&tf->tf_regs);
	cprintf("  es   0x----%04x\n", tf->tf_es);
	cprintf("  ds   0x----%04x\n", tf->tf_ds);
	cprintf("  trap 0x%08x %s\n", tf->tf_trapno, trapname(tf->tf_trapno));
	if (tf->tf_trapno == T_PGFLT)
		cprintf("  cr2  0x%08x\n", rcr2());
	cprintf("  err  0x%08x", tf->tf_err);
	if (tf->tf_trapno == T_PGFLT)
		cprintf(" [%s, %s, %s]\n",
			tf->tf_err & FEC_U ? "user" : "kernel",
			tf->tf_err & FEC_WR ? "write" : "read",
			tf->tf_err & FEC_PR ? "protection" : "not-present");
	else
		cprintf("\n");
	cprintf("  eip  0x%08x\n", tf->tf_eip);
	cprintf("  cs   0x----%04x\n", tf->tf_cs);
	cprintf("  flag 0x%08x\n", tf->tf_eflags);
	if (from_user(tf)) {
		cprintf("  esp  0x%08x\n", tf->tf_esp);
		cprintf("  ss   0x----%04x\n", tf->tf_ss);
	}
}

/* Device interrupts; all but the timer's are masked. */
static void
interrupt(struct Trapframe *tf)
{
	int irq = tf->tf_trapno - IRQ_OFFSET;

	if (irq == IRQ_SPURIOUS)
		return;
	pic_done(irq);
	if (irq != IRQ_TIMER)
		return;
	if (hooks.ticked)
		hooks.ticked(tf);
	/* A user's time slice ends with the tick. */
	if (from_user(tf) && !hooks.checking)
		user_preempt(tf);
}

/*
 * The kernel's own exception, or a breakpoint: the debugger reports it. Without
 * one there is nothing to be done but to stop.
 */
static void
kernel_trap(struct Trapframe *tf)
{
	if (hooks.debugger) {
		hooks.debugger(tf, vm_current());
		return;
	}
	print_trapframe(tf);
	for (;;) {
		cli();
		hlt();
	}
}

void
trap_dispatch(struct Trapframe *tf)
{
	if (tf->tf_trapno >= IRQ_OFFSET && tf->tf_trapno < IRQ_OFFSET + 16)
		interrupt(tf);
	else if (hooks.trapped && hooks.trapped(tf))
		/* a check has dealt with it */;
	else if (from_user(tf))
		user_trap(tf);
	else
		kernel_trap(tf);
}

void
trap(struct Trapframe *tf)
{
	/*
	 * SYSENTER leaves a user's TF set: not for the kernel's own steps, but
	 * for the user's next one.
	 */
	if (tf->tf_trapno == T_DEBUG && !from_user(tf)
	    && tf->tf_eip == (uintptr_t)sysenter_entry) {
		tf->tf_eflags &= ~FL_TF;
		tf->tf_eip = (uintptr_t)sysenter_stepped;
		return;
	}
	trap_dispatch(tf);
}

/* --- Double faults ----------------------------------------------------- */

/* Is the kernel still where it runs, in this directory? */
static bool
directory_sane(const pde_t *pgdir)
{
	const uintptr_t needed[] = {
		(uintptr_t)double_fault, (uintptr_t)gdt, (uintptr_t)idt,
		(uintptr_t)df_stack, (uintptr_t)&df_stack[KSTKSIZE / 4 - 1],
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

/* The state that the processor saved in ts, as if it were a trap's. */
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

/* Back to the directory that was in use, if the kernel can live in it. */
static void
restore_directory(const pde_t *pgdir)
{
	if (pgdir == entry_pgdir)
		return;
	if (directory_sane(pgdir)) {
		lcr3(PADDR(pgdir));
		window_mapped = KERNWINSIZE;
	} else
		cprintf("The page directory is unusable; what follows runs on"
			" the one from entry.S.\n");
}

/* The other task: runs on df_stack, with entry_pgdir. */
static void
double_fault(void)
{
	/* A task switch does not save CR3 (SDM 3A 7.3): what it was, we know. */
	const pde_t *pgdir = window_mapped == KERNWINSIZE ? kern_pgdir
		: entry_pgdir;
	struct Trapframe tf = double_fault_frame(&tss);

	/* Only what entry.S mapped is to be seen through this directory. */
	window_mapped = ENTRY_MAPPED;
	/* Out of the nested task, so that a later fault finds its gates. */
	gdt_init();
	write_eflags(read_eflags() & ~FL_NT);
	/*
	 * The switch set TS (SDM 3A 7.3): it stays, for the x87 registers may
	 * be somebody's. Their owner traps once more, and nobody else sees them.
	 */
	restore_directory(pgdir);
	if (hooks.trapped)
		hooks.trapped(&tf);
	if (hooks.debugger)
		hooks.debugger(&tf, pgdir);
	for (;;) {
		cli();
		hlt();
	}
}
