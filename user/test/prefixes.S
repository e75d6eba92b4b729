/*
 * uint32_t flags_of_all(void)
 *
 * Execute PUSHF with each prefix and each pair of prefixes. Returns all flags
 * that were stored, ORed.
 */

	/* With the prefix for 16-bit operands, PUSHF stores two bytes. */
	.macro	popped wide
	.if	\wide
	popl	%eax
	.else
	popw	%ax
	.endif
	orl	%eax, %ecx
	.endm

	.text
	.globl	flags_of_all
	.type	flags_of_all, @function
flags_of_all:
	xorl	%eax, %eax
	xorl	%ecx, %ecx
	pushfl
	popped	1
	.irp	first, 0x66, 0x67, 0x2e, 0x3e, 0xf2, 0xf3
	.byte	\first, 0x9c
	popped	\first-0x66
	.irp	second, 0x66, 0x67, 0x2e, 0x3e, 0xf2, 0xf3
	.byte	\first, \second, 0x9c
	popped	(\first-0x66)*(\second-0x66)
	.endr
	.endr
	movl	%ecx, %eax
	ret
	.size	flags_of_all, . - flags_of_all

	.section .note.GNU-stack, "", @progbits
