/* The start of the file's variables: linked just before the file under test. */

	.data
	.globl	foreign_data
foreign_data:

	.bss
	.globl	foreign_bss
foreign_bss:

	.section .note.GNU-stack, "", @progbits
