/*
 * The code where other processors would start. No processor runs it, but some
 * files reserve as many bytes at MPENTRY_PADDR as lie between the two symbols.
 */

	.section .rodata
	.globl	mpentry_start, mpentry_end
mpentry_start:
	hlt
	jmp	mpentry_start
mpentry_end:

	.section .note.GNU-stack, "", @progbits
