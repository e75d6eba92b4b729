/*
 * Leaving one place in the kernel for another: onto a new stack, and back to
 * a place remembered earlier.
 */

#include <inc/memlayout.h>

	.text

/*
 * void call_on_stack(uintptr_t top, void (*fn)(void))
 *
 * Run fn on the stack that ends at top. There is no way back: fn must not
 * return. The zero frame pointer ends backtraces.
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
 * int remember(struct place *p)
 *
 * Note where we are in p and return 0. A later go_back(p, value) returns here
 * once more, with value. What the ABI lets a function change is lost, like
 * at any call.
 */
	.globl	remember
	.type	remember, @function
remember:
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
	.size	remember, . - remember

/*
 * void go_back(const struct place *p, int value)
 *
 * Return from remember(p) again, with value (not 0). The function that called
 * remember must not have returned since.
 */
	.globl	go_back
	.type	go_back, @function
go_back:
	movl	4(%esp), %edx
	movl	8(%esp), %eax
	movl	8(%edx), %ebp
	movl	12(%edx), %ebx
	movl	16(%edx), %esi
	movl	20(%edx), %edi
	movl	4(%edx), %esp
	jmp	*0(%edx)
	.size	go_back, . - go_back

	.section .note.GNU-stack, "", @progbits
