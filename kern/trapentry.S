/*
 * The entries of exceptions, interrupts and system calls. Each vector's stub
 * pushes its number; alltraps saves the other registers and calls trap() with a
 * struct Trapframe (inc/trap.h).
 */

#include <inc/memlayout.h>
#include <inc/trap.h>
#include <kern/nmi.h>

/*
 * A stub for a vector, and its place in the table trap_stubs, which lists the
 * vectors in order. The processor has pushed an error code.
 */
#define STUB(name, vector)		\
	.globl	name;			\
	.type	name, @function;	\
	.align	2;			\
name:	pushl	$(vector);		\
	jmp	alltraps;		\
	.size	name, . - name;		\
	LIST(name)

/* It has not: push a zero, so that all frames have the same layout. */
#define STUB_NOERR(name, vector)	\
	.globl	name;			\
	.type	name, @function;	\
	.align	2;			\
name:	pushl	$0;			\
	pushl	$(vector);		\
	jmp	alltraps;		\
	.size	name, . - name;		\
	LIST(name)

#define LIST(name)			\
	.section .rodata;		\
	.long	name;			\
	.text

	.section .rodata
	.globl	trap_stubs
trap_stubs:
	.text

/* SDM 3A table 6-1 lists the exceptions with an error code. */
	STUB_NOERR(trap_divide, T_DIVIDE)
	STUB_NOERR(trap_debug, T_DEBUG)
	LIST(trap_nmi)
	STUB_NOERR(trap_brkpt, T_BRKPT)
	STUB_NOERR(trap_oflow, T_OFLOW)
	STUB_NOERR(trap_bound, T_BOUND)
	STUB_NOERR(trap_illop, T_ILLOP)
	STUB_NOERR(trap_device, T_DEVICE)
	LIST(trap_default)		/* a double fault has a task gate */
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
	.rept	IRQ_OFFSET - NEXCEPTIONS
	LIST(trap_default)
	.endr

/* Device interrupts. */
	.macro	IRQ_STUB n
	STUB_NOERR(trap_irq\n, IRQ_OFFSET + \n)
	.endm
	.altmacro
	.set	n, 0
	.rept	16
	IRQ_STUB %n
	.set	n, n + 1
	.endr
	.noaltmacro

/* All other vectors share one stub, which is not in the table. */
	.globl	trap_default
	.type	trap_default, @function
	.align	2
trap_default:
	pushl	$0
	pushl	$T_DEFAULT
	jmp	alltraps
	.size	trap_default, . - trap_default

	.type	alltraps, @function
alltraps:
	pushl	%ds
	pushl	%es
	pushal
	movl	$GD_KD, %eax
	movw	%ax, %ds
	movw	%ax, %es
	pushl	$FL_ONE		/* clear DF (strings run upwards) */
	popfl			/* and AC (SMAP is closed) */
	pushl	%esp		/* the frame begins here */
	call	trap
	addl	$4, %esp

	popal
	popl	%es
	popl	%ds
	addl	$8, %esp	/* vector and error code */
	iret
	.size	alltraps, . - alltraps

/*
 * Non-maskable interrupts (kern/nmi.h). In the kernel, ds may still be the
 * program's, and below esp there may be no room for more than the processor has
 * pushed.
 */
	.globl	trap_nmi
	.type	trap_nmi, @function
	.align	2
trap_nmi:
	testb	$3, 4(%esp)		/* the privilege level in cs */
	jnz	1f
	cmpl	$NMI_WAITS, %ss:nmi_state
	jne	1f
	movl	$NMI_PENDING, %ss:nmi_state
	iret
1:	pushl	$0
	pushl	$T_NMI
	jmp	alltraps
	.size	trap_nmi, . - trap_nmi

/* System-call gate: build the same frame, but call syscall() directly. */
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
	.globl	call_syscall
call_syscall:			/* sysenter.S joins here, with a frame */
	pushl	%esp
	call	syscall
	addl	$4, %esp
	popal
	popl	%es
	popl	%ds
	addl	$8, %esp
	iret
	.size	trap_syscall, . - trap_syscall

	.section .note.GNU-stack, "", @progbits
