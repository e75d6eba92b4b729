/* Trap frames: names of traps, and frames as text. */

#include <inc/stdio.h>
#include <inc/x86.h>
#include <kern/trapframe.h>

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
		/* For a reserved bit, QEMU leaves out FEC_PR. */
		cprintf(" [%s, %s, %s]\n",
			tf->tf_err & FEC_U ? "user" : "kernel",
			tf->tf_err & FEC_WR ? "write" : "read",
			tf->tf_err & FEC_RSVD ? "reserved"
			: tf->tf_err & FEC_PR ? "protection" : "not-present");
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
