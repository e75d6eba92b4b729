/*
 * A course's upcall, as its lab text has students write it: the eip of the fault
 * goes into the word below its esp; then POPA, POPF, POP %esp, RET.
 */
#include <inc/mmu.h>
#include <inc/memlayout.h>

	.text
	.globl	_pgfault_upcall
_pgfault_upcall:
	pushl	%esp
	movl	_pgfault_handler, %eax
	call	*%eax
	addl	$4, %esp
	movl	48(%esp), %ebx		/* utf_esp */
	movl	40(%esp), %ecx		/* utf_eip */
	leal	-4(%ebx), %ebx
	movl	%ebx, 48(%esp)
	movl	%ecx, (%ebx)
	addl	$8, %esp
	popal
	addl	$4, %esp
	popfl
	popl	%esp
	ret
