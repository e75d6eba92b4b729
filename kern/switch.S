/*
 * Jumps that C cannot express: into user mode, onto a new stack, and back to
 * where setjmp was called.
 */

#include <inc/memlayout.h>

	.text

/*
 * void call_on_stack(uintptr_t top, void (*fn)(void))
 *
 * Run fn on the stack that ends at top. The zero frame pointer ends backtraces.
 * => fn does not return.
 */
	.globl	call_on_stack
	.type	call_on_stack, @function
call_on_stack:
	movl	4(%esp), %eax
	movl	8(%esp), %edx
	xorl	%ebp, %ebp
	movl	%eax, %esp
	call	*%edx
	ud2
	.size	call_on_stack, . - call_on_stack

/*
 * int setjmp(jmp_buf env)
 *
 * Save the current place in env, and return 0. A later longjmp(env, value)
 * returns from here again, with value. Registers that a function may change are
 * lost, as in any call.
 */
	.globl	setjmp
	.type	setjmp, @function
setjmp:
	movl	4(%esp), %eax
	movl	(%esp), %ecx		/* our return address */
	movl	%ecx, 0(%eax)
	leal	4(%esp), %ecx		/* esp after our return */
	movl	%ecx, 4(%eax)
	movl	%ebp, 8(%eax)
	movl	%ebx, 12(%eax)
	movl	%esi, 16(%eax)
	movl	%edi, 20(%eax)
	xorl	%eax, %eax
	ret
	.size	setjmp, . - setjmp

/*
 * void longjmp(jmp_buf env, int value)
 *
 * Return from setjmp(env) again, with value, which is not 0.
 * => The function that called setjmp has not returned.
 */
	.globl	longjmp
	.type	longjmp, @function
longjmp:
	movl	4(%esp), %edx
	movl	8(%esp), %eax
	movl	8(%edx), %ebp
	movl	12(%edx), %ebx
	movl	16(%edx), %esi
	movl	20(%edx), %edi
	movl	4(%edx), %esp
	jmp	*0(%edx)
	.size	longjmp, . - longjmp

/*
 * void env_pop_tf(struct Trapframe *tf)
 *
 * Continue in user mode with the registers of tf: pop them off it.
 */
	.globl	env_pop_tf
	.type	env_pop_tf, @function
env_pop_tf:
	movl	4(%esp), %esp
	popal
	popl	%es
	popl	%ds
	addl	$8, %esp
	iret
	.size	env_pop_tf, . - env_pop_tf

	.section .note.GNU-stack, "", @progbits
