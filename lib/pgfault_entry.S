/*
 * The upcall of page faults. The kernel starts it on the exception stack, with
 * esp at a struct UTrapframe (inc/trap.h). It calls a handler, and then returns
 * to the code that faulted, with all registers and flags as they were.
 *
 * IRET is the only instruction that loads eip and all flags at once. POPF before
 * a jump would be too early: with TF, the next step would stop in here. To the
 * same privilege, IRET pops eip, cs and eflags only, and esp stays behind them.
 * So these three words go below the esp of the fault.
 *
 * In a nested frame, these are words on the exception stack: utf_eflags,
 * utf_esp, and the word that the kernel left free above the frame. They have
 * been read by then. On another stack, no code uses the memory below esp.
 * If it is not mapped, as at the lower end of a stack, the write faults in its
 * turn, and the handler decides.
 */

#include <inc/memlayout.h>

/* Offsets in what remains of the frame, once the first two words are gone. */
#define REGS_SIZE	32
#define EIP		REGS_SIZE
#define EFLAGS		(REGS_SIZE + 4)
#define ESP		(REGS_SIZE + 8)

	.text
	.globl	_pgfault_upcall
	.type	_pgfault_upcall, @function
_pgfault_upcall:
	pushl	%esp
	call	*_pgfault_handler

	addl	$12, %esp		/* the argument, utf_fault_va, utf_err */
	movl	EIP(%esp), %edx
	movl	EFLAGS(%esp), %ecx
	movl	ESP(%esp), %eax
	subl	$12, %eax
	movl	%edx, (%eax)
	movl	$(GD_UT | 3), 4(%eax)
	movl	%ecx, 8(%eax)
	movl	%eax, EIP(%esp)		/* read, and never overwritten above */
	popal
	popl	%esp
	iret
	.size	_pgfault_upcall, . - _pgfault_upcall

	.section .note.GNU-stack, "", @progbits
