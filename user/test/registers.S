/*
 * void through_WAY(uint32_t *state)
 *
 * Load all registers and the flags from state, enter the kernel, and store them
 * to state afterwards. Their order there is that of the pushes here: gs, fs,
 * es, ds, PUSHA's eight, flags. Registers that the way uses are set after the
 * load, without changing the flags.
 */

#include <inc/memlayout.h>
#include <inc/trap.h>

#define SYS_GETENVID	2
#define STATE_SIZE	(4 * 13)

/* The size of what `load` saves; the return address and state follow. */
#define SAVED		(4 * 12)

	.bss
	.balign	4
save_esp:
	.long	0		/* esp after `load` has saved all registers */
	.text

/* Save the caller's registers, copy state to the stack, and pop it. */
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

/* Push the registers, copy them to state, and restore the caller's. */
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
	popfl			/* also clears AC and DF */
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
 * Wait until the kernel has chosen us once more. Loads, LEA, NOT and JECXZ do
 * not change the flags.
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
