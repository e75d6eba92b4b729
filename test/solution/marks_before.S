/* Linked just before the file under test: here its variables begin. */

	.data
	.globl	foreign_data
foreign_data:

	.bss
	.globl	foreign_bss
foreign_bss:

	.section .note.GNU-stack, "", @progbits
