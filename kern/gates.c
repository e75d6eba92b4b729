/*
 * The tables that lead the processor into the kernel: segments, tasks, the
 * interrupt table, and SYSENTER's registers.
 *
 * Every exception and interrupt goes through a gate of the interrupt table to
 * trapentry.S, and from there to trap(). All but one use the stack that they
 * find. A double fault usually means that there is none, so its gate is a task
 * gate: the processor itself switches to a stack and a page directory that
 * nothing can have damaged, entry.S's. (SDM 3A 6, 7)
 *
 * Limits: one processor.
 */

#include <inc/string.h>
#include <inc/x86.h>
#include <kern/cpuid.h>
#include <kern/gates.h>
#include <kern/sections.h>
#include <kern/trapentry.h>

/* Flat segments for all; addresses are translated by paging alone. */
struct Segdesc gdt[] = {
	[GD_KT >> 3] = SEG_FLAT(STA_X | STA_R, 0),
	[GD_KD >> 3] = SEG_FLAT(STA_W, 0),
	[GD_UT >> 3] = SEG_FLAT(STA_X | STA_R, 3),
	[GD_UD >> 3] = SEG_FLAT(STA_W, 3),
	[GD_TSS0 >> 3] = { .sd_p = 0 },		/* filled in by gdt_init */
	[GD_TSS_DF >> 3] = { .sd_p = 0 },
};

struct Gatedesc idt[256];

/* The running task, and the one for double faults. */
struct Taskstate tss;
static struct Taskstate df_tss;

static void
set_gate(uint32_t vector, const char *entry, unsigned dpl)
{
	/* An interrupt gate: a handler is not interrupted itself. */
	idt[vector] = GATE(STS_IG32, GD_KT, (uintptr_t)entry, dpl);
}

static void
idt_init(void)
{
	struct Pseudodesc pd = { sizeof(idt) - 1, (uint32_t)(uintptr_t)idt };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(idt); i++)
		set_gate(i, i < NSTUBS ? trap_stubs[i] : trap_default, 0);
	idt[T_DBLFLT] = GATE(STS_TG, GD_TSS_DF, 0, 0);
	/* Users may raise these by an instruction. */
	set_gate(T_BRKPT, trap_stubs[T_BRKPT], 3);
	set_gate(T_OFLOW, trap_stubs[T_OFLOW], 3);
	set_gate(T_SYSCALL, trap_syscall, 3);
	lidt(&pd);
}

static void
tasks_init(void (*double_fault)(void))
{
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
}

void
gdt_init(void)
{
	struct Pseudodesc pd = { sizeof(gdt) - 1, (uint32_t)(uintptr_t)gdt };

	/* Make the descriptors again: a task switch has marked them busy. */
	gdt[GD_TSS0 >> 3] = SEG_TSS((uintptr_t)&tss, sizeof(tss));
	gdt[GD_TSS_DF >> 3] = SEG_TSS((uintptr_t)&df_tss, sizeof(df_tss));
	lgdt(&pd);
	load_kernel_segments(GD_KT, GD_KD);
	ltr(GD_TSS0);
	/*
	 * A reset leaves a local table at address 0 (SDM 3A table 9-1), where
	 * users could write gates of their own. Load none.
	 */
	lldt(0);
}

void
trap_set_stack(uintptr_t esp0)
{
	tss.ts_esp0 = esp0;
}

void
trap_init(void (*double_fault)(void))
{
	tasks_init(double_fault);
	gdt_init();
	idt_init();
}

void
syscall_init(void)
{
	if (!cpu_features.sep)
		return;
	/* SS, and a user's CS and SS, follow from it (SDM 2B, SYSENTER). */
	wrmsr(MSR_SYSENTER_CS, GD_KT);
	wrmsr(MSR_SYSENTER_ESP, KSTACKTOP);
	wrmsr(MSR_SYSENTER_EIP, (uintptr_t)sysenter_entry);
	/* A single-stepped SYSENTER traps at its own first instruction. */
	set_gate(T_DEBUG, sysenter_debug, 0);
}
