/*
 * void faultregs_fault(struct state *before)
 *
 * Load the registers and flags of before, set its eip and esp to those of the
 * next instruction, which writes to UTEMP, and store all of them to
 * faultregs_after when that has been done.
 */

#include <inc/memlayout.h>

/* Offsets in struct state (faultregs.c). */
#define EDI	0
#define ESI	4
#define EBP	8
#define EBX	16
#define EDX	20
#define ECX	24
#define EAX	28
#define EIP	32
#define EFLAGS	36
#define ESP	40
#define SIZE	44

	.bss
	.balign	4
	.globl	faultregs_after
faultregs_after:
	.skip	SIZE
saved_esp:
	.long	0

	.text
	.globl	faultregs_fault
	.type	faultregs_fault, @function
faultregs_fault:
	pushal
	pushfl
	movl	%esp, saved_esp
	movl	40(%esp), %ebx
	movl	$1f, EIP(%ebx)
	movl	%esp, ESP(%ebx)
	pushl	EFLAGS(%ebx)
	popfl				/* MOV leaves the flags alone */
	movl	EDI(%ebx), %edi
	movl	ESI(%ebx), %esi
	movl	EBP(%ebx), %ebp
	movl	EDX(%ebx), %edx
	movl	ECX(%ebx), %ecx
	movl	EAX(%ebx), %eax
	movl	EBX(%ebx), %ebx
1:	movl	%eax, PTSIZE		/* UTEMP */

	movl	%edi, faultregs_after + EDI
	movl	%esi, faultregs_after + ESI
	movl	%ebp, faultregs_after + EBP
	movl	%ebx, faultregs_after + EBX
	movl	%edx, faultregs_after + EDX
	movl	%ecx, faultregs_after + ECX
	movl	%eax, faultregs_after + EAX
	movl	%esp, faultregs_after + ESP
	movl	saved_esp, %esp
	pushfl
	popl	faultregs_after + EFLAGS
	movl	$1b, faultregs_after + EIP
	popfl
	popal
	ret
	.size	faultregs_fault, . - faultregs_fault

	.section .note.GNU-stack, "", @progbits
