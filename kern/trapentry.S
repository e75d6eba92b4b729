/*
 * Where the processor arrives at a trap. One stub a vector pushes what tells
 * it apart; alltraps saves the rest and calls trap() with the whole as a
 * struct Trapframe (inc/trap.h).
 */

#include <inc/memlayout.h>
#include <inc/trap.h>

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
	cld			/* C expects strings to run upwards */
	pushl	%esp		/* the frame begins where we are */
	call	trap
	addl	$4, %esp

	popal
	popl	%es
	popl	%ds
	addl	$8, %esp	/* vector and error code */
	iret
	.size	alltraps, . - alltraps

	.section .note.GNU-stack, "", @progbits
