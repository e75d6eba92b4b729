/*
 * void through_WAY(uint32_t *state)
 *
 * Load all registers and the flags from state, go into the kernel and come
 * back, and store them to state, in the order in which they are pushed here:
 * gs, fs, es, ds, PUSHA's eight, flags. What the way itself needs it
 * sets after that, without touching the flags.
 */

#include <inc/memlayout.h>
#include <inc/trap.h>

#define SYS_GETENVID	2
#define STATE_SIZE	(4 * 13)

/* What `load` saves; above it are the return address and the argument. */
#define SAVED		(4 * 12)

	.bss
	.balign	4
save_esp:
	.long	0		/* after `load` has saved our caller's */
	.text

/* Save the caller's registers, copy state onto the stack, and pop it. */
	.macro	load
	pushal
	pushl	%ds
	pushl	%es
	pushl	%fs
	pushl	%gs
	movl	%esp, save_esp
	movl	SAVED + 4(%esp), %esi
	subl	$STATE_SIZE, %esp
	movl	%esp, %edi
	movl	$STATE_SIZE / 4, %ecx
	cld
	rep movsl
	popl	%gs
	popl	%fs
	popl	%es
	popl	%ds
	popal
	popfl
	.endm

/* The other way round. */
	.macro	store
	pushfl
	pushal
	pushl	%ds
	pushl	%es
	pushl	%fs
	pushl	%gs
	pushl	%ss
	popl	%ds
	pushl	%ss
	popl	%es
	pushl	$0
	popfl			/* AC and DF, too, are clear from here on */
	movl	%esp, %esi
	movl	save_esp, %eax
	movl	SAVED + 4(%eax), %edi
	movl	$STATE_SIZE / 4, %ecx
	rep movsl
	movl	save_esp, %esp
	popl	%gs
	popl	%fs
	popl	%es
	popl	%ds
	popal
	ret
	.endm

	.globl	through_int
through_int:
	load
	movl	$SYS_GETENVID, %eax
	int	$T_SYSCALL
	store

	.globl	through_sysenter
through_sysenter:
	load
	movl	$SYS_GETENVID, %eax
	movl	%esp, %ebp
	movl	$1f, %esi
	sysenter
1:	store

	.globl	through_breakpoint
through_breakpoint:
	load
	int3
	store

/*
 * Until the kernel has chosen us once more: loads, LEA, NOT and JECXZ leave
 * the flags alone.
 */
	.globl	through_ticks
through_ticks:
	load
	movl	runs_at, %ebx
	movl	(%ebx), %edx
	notl	%edx			/* -runs - 1 */
1:	movl	(%ebx), %ecx
	leal	1(%ecx, %edx), %ecx
	jecxz	1b
	store

	.section .note.GNU-stack, "", @progbits
