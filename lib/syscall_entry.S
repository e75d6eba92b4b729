/*
 * The two entries into the kernel (inc/syscall.h).
 *
 * int32_t syscall_int(number, a1, a2, a3, a4, a5)
 * int32_t syscall_fast(number, a1, a2, a3, a4)
 *
 * syscall_fast needs a processor with SYSENTER.
 */

#include <inc/trap.h>

	.text
	.globl	syscall_int
	.type	syscall_int, @function
syscall_int:
	pushl	%ebx
	pushl	%edi
	pushl	%esi
	movl	16(%esp), %eax
	movl	20(%esp), %edx
	movl	24(%esp), %ecx
	movl	28(%esp), %ebx
	movl	32(%esp), %edi
	movl	36(%esp), %esi
	int	$T_SYSCALL
	popl	%esi
	popl	%edi
	popl	%ebx
	ret
	.size	syscall_int, . - syscall_int

	.globl	syscall_fast
	.type	syscall_fast, @function
syscall_fast:
	pushl	%ebp
	pushl	%ebx
	pushl	%edi
	pushl	%esi
	movl	20(%esp), %eax
	movl	24(%esp), %edx
	movl	28(%esp), %ecx
	movl	32(%esp), %ebx
	movl	36(%esp), %edi
	movl	%esp, %ebp
	movl	$1f, %esi
	sysenter
1:	popl	%esi
	popl	%edi
	popl	%ebx
	popl	%ebp
	ret
	.size	syscall_fast, . - syscall_fast

	.section .note.GNU-stack, "", @progbits
