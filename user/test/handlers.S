/*
 * void handlers_fault(struct state *state)
 *
 * Load the registers and flags of state, write ebx to the address in eax, and
 * store all registers and flags to state afterwards. esp stays the caller's.
 * Calls may be nested, because everything is on the stack.
 */

/* The size of struct state (handlers.c): PUSHA's registers, and the flags. */
#define SIZE	36

/* From esp to the argument, once the caller's registers are saved. */
#define SAVED	(32 + 4)

	.text
	.globl	handlers_fault, handlers_fault_eip
	.type	handlers_fault, @function
handlers_fault:
	pushal
	movl	SAVED(%esp), %esi
	subl	$SIZE, %esp
	movl	%esp, %edi
	movl	$SIZE / 4, %ecx
	cld
	rep movsl
	popal
	popfl
handlers_fault_eip:
	movl	%ebx, (%eax)
	pushfl
	pushal
	pushl	$0x202			/* clear DF, AC and NT */
	popfl
	movl	%esp, %esi
	movl	SIZE + SAVED(%esp), %edi
	movl	$SIZE / 4, %ecx
	rep movsl
	addl	$SIZE, %esp
	popal
	ret
	.size	handlers_fault, . - handlers_fault

	.section .note.GNU-stack, "", @progbits
