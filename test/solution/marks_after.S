/* The end of the file's variables: linked just after the file under test. */

	.data
	.globl	foreign_data_end
foreign_data_end:

	.bss
	.globl	foreign_bss_end
foreign_bss_end:

	.section .note.GNU-stack, "", @progbits
