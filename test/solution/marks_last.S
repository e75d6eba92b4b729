/*
 * Two unused pages at the end of the kernel: linked last. A file that takes the
 * kernel's last page for free memory is reported, and does no harm.
 */

	.bss
	.space	0x2000

	.section .note.GNU-stack, "", @progbits
