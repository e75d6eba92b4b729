/*
 * The two entries into the kernel (inc/syscall.h).
 *
 * int32_t syscall_int(number, a1, a2, a3, a4, a5)
 * int32_t syscall_slow(number, a1, a2, a3, a4)		by INT
 * int32_t syscall_fast(number, a1, a2, a3, a4)		by SYSENTER
 * int32_t syscall_short_slow(number, a1, a2)
 * int32_t syscall_short_fast(number, a1, a2)
 *
 * The first three arguments arrive in eax, edx and ecx (IN_REGISTERS), where the
 * kernel takes them from. The others are on the stack.
 */

#include <inc/trap.h>

	.text
	.globl	syscall_int
	.type	syscall_int, @function
syscall_int:
	pushl	%ebx
	pushl	%edi
	pushl	%esi
	movl	16(%esp), %ebx
	movl	20(%esp), %edi
	movl	24(%esp), %esi
	int	$T_SYSCALL
	popl	%esi
	popl	%edi
	popl	%ebx
	ret
	.size	syscall_int, . - syscall_int

	.globl	syscall_slow
	.type	syscall_slow, @function
syscall_slow:
	pushl	%ebx
	pushl	%edi
	movl	12(%esp), %ebx
	movl	16(%esp), %edi
	int	$T_SYSCALL
	popl	%edi
	popl	%ebx
	ret
	.size	syscall_slow, . - syscall_slow

	.globl	syscall_fast
	.type	syscall_fast, @function
syscall_fast:
	pushl	%ebp
	pushl	%ebx
	pushl	%edi
	pushl	%esi
	movl	20(%esp), %ebx
	movl	24(%esp), %edi
	movl	%esp, %ebp
	movl	$1f, %esi
	sysenter
1:	popl	%esi
	popl	%edi
	popl	%ebx
	popl	%ebp
	ret
	.size	syscall_fast, . - syscall_fast

	.globl	syscall_short_slow
	.type	syscall_short_slow, @function
syscall_short_slow:
	int	$T_SYSCALL
	ret
	.size	syscall_short_slow, . - syscall_short_slow

	.globl	syscall_short_fast
	.type	syscall_short_fast, @function
syscall_short_fast:
	pushl	%ebp
	pushl	%esi
	movl	%esp, %ebp
	movl	$1f, %esi
	sysenter
1:	popl	%esi
	popl	%ebp
	ret
	.size	syscall_short_fast, . - syscall_short_fast

	.section .note.GNU-stack, "", @progbits
