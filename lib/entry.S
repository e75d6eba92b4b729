/* Where a user program begins. */

#include <inc/memlayout.h>
#include <inc/mmu.h>

	/* What the kernel shows to users, under the names of inc/lib.h. */
	.globl	envs, pages, uvpt, uvpd
	.set	envs, UENVS
	.set	pages, UPAGES
	.set	uvpt, UVPT
	/* The directory is the table through which UVPT shows the tables. */
	.set	uvpd, UVPT + (UVPT >> PGSHIFT) * 4

	.text
	.globl	_start
	.type	_start, @function
_start:
	/* Whoever made us may have put arguments on the stack; else none. */
	xorl	%ebp, %ebp
	cmpl	$USTACKTOP, %esp
	jne	1f
	pushl	$0		/* argv */
	pushl	$0		/* argc */
1:	call	libmain
	ud2
	.size	_start, . - _start

	.section .note.GNU-stack, "", @progbits
