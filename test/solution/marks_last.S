/*
 * Linked last: two pages at the end of the kernel that nobody uses. Who takes
 * the kernel's last page for free memory is told so, and does no harm.
 */

	.bss
	.space	0x2000

	.section .note.GNU-stack, "", @progbits
