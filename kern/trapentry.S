/*
 * Where the processor arrives at a trap. One stub a vector pushes what tells
 * it apart; alltraps saves the rest and calls trap() with the whole as a
 * struct Trapframe (inc/trap.h).
 */

#include <inc/error.h>
#include <inc/memlayout.h>
#include <inc/syscall.h>
#include <inc/trap.h>
#include <kern/syscall.h>

/* The processor pushed an error code. */
#define STUB(name, vector)		\
	.globl	name;			\
	.type	name, @function;	\
	.align	2;			\
name:	pushl	$(vector);		\
	jmp	alltraps;		\
	.size	name, . - name

/* It did not: push a zero, so that all frames look alike. */
#define STUB_NOERR(name, vector)	\
	.globl	name;			\
	.type	name, @function;	\
	.align	2;			\
name:	pushl	$0;			\
	pushl	$(vector);		\
	jmp	alltraps;		\
	.size	name, . - name

	.text

/* SDM 3A table 6-1 says which have an error code. */
	STUB_NOERR(trap_divide, T_DIVIDE)
	STUB_NOERR(trap_debug, T_DEBUG)
	STUB_NOERR(trap_nmi, T_NMI)
	STUB_NOERR(trap_brkpt, T_BRKPT)
	STUB_NOERR(trap_oflow, T_OFLOW)
	STUB_NOERR(trap_bound, T_BOUND)
	STUB_NOERR(trap_illop, T_ILLOP)
	STUB_NOERR(trap_device, T_DEVICE)
	STUB_NOERR(trap_coproc, T_COPROC)
	STUB(trap_tss, T_TSS)
	STUB(trap_segnp, T_SEGNP)
	STUB(trap_stack, T_STACK)
	STUB(trap_gpflt, T_GPFLT)
	STUB(trap_pgflt, T_PGFLT)
	STUB_NOERR(trap_res, T_RES)
	STUB_NOERR(trap_fperr, T_FPERR)
	STUB(trap_align, T_ALIGN)
	STUB_NOERR(trap_mchk, T_MCHK)
	STUB_NOERR(trap_simderr, T_SIMDERR)
	STUB_NOERR(trap_default, T_DEFAULT)

/* Interrupts of devices: one stub each, and a table of where they are. */
	.macro	IRQ_STUB n
	STUB_NOERR(trap_irq\n, IRQ_OFFSET + \n)
	.section .rodata
	.long	trap_irq\n
	.text
	.endm

	.section .rodata
	.globl	irq_stubs
irq_stubs:
	.text
	.altmacro
	.set	n, 0
	.rept	16
	IRQ_STUB %n
	.set	n, n + 1
	.endr
	.noaltmacro

	.type	alltraps, @function
alltraps:
	pushl	%ds
	pushl	%es
	pushal
	movl	$GD_KD, %eax
	movw	%ax, %ds
	movw	%ax, %es
	pushl	$FL_ONE		/* DF: strings run upwards; AC: users' memory */
	popfl			/* is shut */
	pushl	%esp		/* the frame begins where we are */
	call	trap
	addl	$4, %esp

	popal
	popl	%es
	popl	%ds
	addl	$8, %esp	/* vector and error code */
	iret
	.size	alltraps, . - alltraps

/* A system call: the same frame, without trap()'s questions. */
	.globl	trap_syscall
	.type	trap_syscall, @function
trap_syscall:
	pushl	$0
	pushl	$T_SYSCALL
	pushl	%ds
	pushl	%es
	pushal
	movl	$GD_KD, %eax
	movw	%ax, %ds
	movw	%ax, %es
	pushl	$FL_ONE
	popfl
call_syscall:
	pushl	%esp
	call	syscall
	addl	$4, %esp
	popal
	popl	%es
	popl	%ds
	addl	$8, %esp
	iret
	.size	trap_syscall, . - trap_syscall

/*
 * A system call by SYSENTER: esp is KSTACKTOP, the caller's is in ebp, and where
 * it goes on is in esi. Most calls come back at once: for them there is no
 * frame, only a C call through the table. Those that may hand the processor
 * over lead to sysenter_with_frame. TF and NT may be set (SDM 2B, SYSENTER):
 * trap() lets the one pass, popfl clears both.
 */
	.globl	sysenter_entry
	.type	sysenter_entry, @function
sysenter_entry:
	pushl	%ebp
	pushl	%esi
	movl	$GD_KD, %esi
	movw	%si, %ds
	movw	%si, %es
	pushl	$FL_ONE
	popfl
	cmpl	$NSYSCALLS, %eax
	jae	1f
	pushl	%edi
	pushl	%ebx
	pushl	%ecx
	pushl	%edx
	call	*syscall_fast_table(,%eax,4)
	addl	$16, %esp
2:	movl	$(GD_UD | 3), %ecx
	movw	%cx, %ds
	movw	%cx, %es
	popl	%edx		/* where to go on */
	popl	%ecx		/* and its stack */
	sti			/* takes effect after the next instruction */
	sysexit
1:	movl	$-E_INVAL, %eax
	jmp	2b
	.size	sysenter_entry, . - sysenter_entry

/*
 * The frame that trap_syscall would have made of a SYSENTER: the caller's esp is
 * in ebp, its eip in esi; its flags the processor does not tell.
 */
#define SYSENTER_FRAME(flags)			\
	pushl	$(GD_UD | 3);	/* ss */	\
	pushl	%ebp;		/* esp */	\
	pushl	$(flags);			\
	pushl	$(GD_UT | 3);	/* cs */	\
	pushl	%esi;		/* eip */	\
	pushl	$0;				\
	pushl	$T_SYSCALL;			\
	pushl	$(GD_UD | 3);	/* ds */	\
	pushl	$(GD_UD | 3);	/* es */	\
	pushal

/*
 * Make a frame after all, and go on where trap_syscall does. On the stack: a
 * return address, edx, ecx, ebx, edi, eip, esp.
 */
	.globl	sysenter_with_frame
	.type	sysenter_with_frame, @function
sysenter_with_frame:
	movl	4(%esp), %edx
	movl	8(%esp), %ecx
	movl	20(%esp), %esi
	movl	$KSTACKTOP, %esp
	SYSENTER_FRAME(FL_IF | FL_ONE)
	jmp	call_syscall
	.size	sysenter_with_frame, . - sysenter_with_frame

/*
 * sys_cputs by SYSENTER: of a text of more than one piece the rest comes later,
 * which takes a frame. On the stack: a return address, edx, ecx (its length).
 */
	.globl	sysenter_cputs
	.type	sysenter_cputs, @function
sysenter_cputs:
	cmpl	$CPUTS_PIECE, 8(%esp)
	ja	sysenter_with_frame
	jmp	sys_cputs
	.size	sysenter_cputs, . - sysenter_cputs

/*
 * For one who single-steps: SYSEXIT would not bring TF back, IRET does. trap()
 * sends it here from sysenter_entry, before anything was done there.
 */
	.globl	sysenter_stepped
	.type	sysenter_stepped, @function
sysenter_stepped:
	SYSENTER_FRAME(FL_IF | FL_TF | FL_ONE)
	movl	$GD_KD, %ecx
	movw	%cx, %ds
	movw	%cx, %es
	pushl	$FL_ONE
	popfl
	jmp	call_syscall
	.size	sysenter_stepped, . - sysenter_stepped

/*
 * void env_pop_tf(struct Trapframe *tf)
 *
 * Continue with these registers in user mode. The frame is read by popping.
 */
	.globl	env_pop_tf
	.type	env_pop_tf, @function
env_pop_tf:
	movl	4(%esp), %esp
	popal
	popl	%es
	popl	%ds
	addl	$8, %esp
	iret
	.size	env_pop_tf, . - env_pop_tf

	.section .note.GNU-stack, "", @progbits
