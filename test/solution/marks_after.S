/* Linked just after the file under test: here its variables end. */

	.data
	.globl	foreign_data_end
foreign_data_end:

	.bss
	.globl	foreign_bss_end
foreign_bss_end:

	.section .note.GNU-stack, "", @progbits
