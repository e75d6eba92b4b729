/*
 * Code with which other processors would begin: none ever does. Some files
 * keep as many bytes at MPENTRY_PADDR as there are between these two.
 */

	.section .rodata
	.globl	mpentry_start, mpentry_end
mpentry_start:
	hlt
	jmp	mpentry_start
mpentry_end:

	.section .note.GNU-stack, "", @progbits
