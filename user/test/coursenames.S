#include <inc/mmu.h>

	.section .rodata
	.globl	from_assembly
from_assembly:
	SEG_NULL
	SEG(STA_X | STA_R, 0x0, 0xFFFFFFFF)
	SEG(STA_W, 0x12345678, 0xABCDE000)

	.section .note.GNU-stack, "", @progbits
