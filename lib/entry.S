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
	/* The place of thisenv, until sfork moves it. */
1:	movl	$this_env, thisenv_at
	call	libmain
	ud2
	.size	_start, . - _start

	.local	this_env
	.comm	this_env, 4, 4

	.section .note.GNU-stack, "", @progbits
