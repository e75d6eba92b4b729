/* The entry point of a user program. */

#include <inc/memlayout.h>
#include <inc/mmu.h>

	/* The kernel's arrays, under the names of inc/lib.h. */
	.globl	envs, pages, uvpt, uvpd
	.set	envs, UENVS
	.set	pages, UPAGES
	.set	uvpt, UVPT
	/* The directory is the table that maps the tables at UVPT. */
	.set	uvpd, UVPT + (UVPT >> PGSHIFT) * 4

	.text
	.globl	_start
	.type	_start, @function
_start:
	/* Our creator may have pushed arguments; else push none. */
	xorl	%ebp, %ebp
	cmpl	$USTACKTOP, %esp
	jne	1f
	pushl	$0		/* argv */
	pushl	$0		/* argc */
1:	call	libmain
	ud2
	.size	_start, . - _start

	.section .note.GNU-stack, "", @progbits
