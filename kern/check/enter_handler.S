/*
 * Call a trap handler as the processor would, with given registers, and return
 * those it left.
 */

#include <inc/memlayout.h>

	.text

/*
 * void enter_handler(uintptr_t handler, const uint32_t *error,
 *		      const uint32_t before[10], uint32_t after[10])
 *
 * See enter_handler.h. ESP at the handler: the error code, if any, below EIP,
 * CS and EFLAGS.
 */
	.globl	enter_handler, entered_here
	.type	enter_handler, @function
enter_handler:
	pushl	%ebp
	pushl	%ebx
	pushl	%esi
	pushl	%edi
	movl	%esp, old_esp
	pushfl
	popl	old_flags
	movl	20(%esp), %eax
	movl	%eax, jump_to
	movl	24(%esp), %edx
	movl	28(%esp), %esi

	pushfl
	pushl	%cs
	pushl	$entered_here
	testl	%edx, %edx
	jz	1f
	pushl	(%edx)
1:
	/* Stack and jump_to need no DS from here on. */
	pushl	jump_to
	movl	0(%esi), %edi
	movl	8(%esi), %ebp
	movl	16(%esi), %ebx
	movl	20(%esi), %edx
	movl	24(%esi), %ecx
	movl	28(%esi), %eax
	pushl	36(%esi)
	pushl	32(%esi)
	movl	4(%esi), %esi
	popl	%ds
	popl	%es
	ret

entered_here:
	cli
	pushal
	pushl	%es
	pushl	%ds
	movl	$GD_KD, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	old_esp, %ebx
	movl	32(%ebx), %edi
	popl	32(%edi)
	popl	36(%edi)
	/* PUSH of a selector may leave the upper half as it was (SDM 2B). */
	andl	$0xFFFF, 32(%edi)
	andl	$0xFFFF, 36(%edi)
	subl	%ebx, 12(%esp)
	movl	%esp, %esi
	movl	$8, %ecx
	cld
	rep movsl
	movl	%ebx, %esp
	pushl	old_flags
	popfl
	popl	%edi
	popl	%esi
	popl	%ebx
	popl	%ebp
	ret
	.size	enter_handler, . - enter_handler

	.local	old_esp, old_flags, jump_to
	.comm	old_esp, 4, 4
	.comm	old_flags, 4, 4
	.comm	jump_to, 4, 4

	.section .note.GNU-stack, "", @progbits
