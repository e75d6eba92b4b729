/*
 * System calls by SYSENTER (inc/syscall.h). It does not save the caller's stack
 * pointer and eip, so the caller passes them in ebp and esi; esp is KSTACKTOP.
 *
 * Most calls return at once. They need no frame, only a C call through
 * syscall_fast_table, and leave by SYSEXIT. Calls that may switch to another
 * environment build the frame of the system-call gate and continue there.
 *
 * TF and NT may be set on arrival (SDM 2B, SYSENTER): popfl clears both.
 */

#include <inc/error.h>
#include <inc/memlayout.h>
#include <inc/syscall.h>
#include <inc/trap.h>
#include <kern/sys_console.h>

	.text
	.globl	sysenter_entry
	.type	sysenter_entry, @function
sysenter_entry:
	pushl	%ebp
	pushl	%esi
	movl	$GD_KD, %esi
	movw	%si, %ds
	movw	%si, %es
	pushl	$FL_ONE
	popfl
	cmpl	$NSYSCALLS, %eax
	jae	1f
	pushl	%edi
	pushl	%ebx
	pushl	%ecx
	pushl	%edx
	call	*syscall_fast_table(,%eax,4)
	addl	$16, %esp
2:	movl	$(GD_UD | 3), %ecx
	movw	%cx, %ds
	movw	%cx, %es
	popl	%edx		/* where the caller continues */
	popl	%ecx		/* and its stack pointer */
	sti			/* takes effect after the next instruction */
	sysexit
1:	movl	$-E_INVAL, %eax
	jmp	2b
	.size	sysenter_entry, . - sysenter_entry

/* Build the frame of the system-call gate. The caller's flags are unknown. */
#define SYSENTER_FRAME(flags)			\
	pushl	$(GD_UD | 3);	/* ss */	\
	pushl	%ebp;		/* esp */	\
	pushl	$(flags);			\
	pushl	$(GD_UT | 3);	/* cs */	\
	pushl	%esi;		/* eip */	\
	pushl	$0;				\
	pushl	$T_SYSCALL;			\
	pushl	$(GD_UD | 3);	/* ds */	\
	pushl	$(GD_UD | 3);	/* es */	\
	pushal

/*
 * Build a frame for the call, and continue in the system-call gate. On the
 * stack: a return address, edx, ecx, ebx, edi, eip, esp.
 */
	.type	sysenter_with_frame, @function
sysenter_with_frame:
	movl	4(%esp), %edx
	movl	8(%esp), %ecx
	movl	20(%esp), %esi
	movl	$KSTACKTOP, %esp
	SYSENTER_FRAME(FL_IF | FL_ONE)
	jmp	call_syscall
	.size	sysenter_with_frame, . - sysenter_with_frame

/*
 * sys_cputs needs a frame only for a text of more than one piece. On the stack:
 * a return address, edx, ecx (the text's length).
 */
	.type	sysenter_cputs, @function
sysenter_cputs:
	cmpl	$CPUTS_PIECE, 8(%esp)
	ja	sysenter_with_frame
	jmp	sys_cputs
	.size	sysenter_cputs, . - sysenter_cputs

/*
 * The calls by number, as in kern/syscall.c's table. Calls that may need a frame
 * have an entry of their own above.
 */
	.section .rodata
	.globl	syscall_fast_table
syscall_fast_table:
	.long	sysenter_cputs
	.long	sys_cgetc
	.long	sys_getenvid
	.long	sys_env_destroy
	.rept	SYS_yield - SYS_page_alloc
	.long	sys_none
	.endr
	.long	sysenter_with_frame	/* yield */
	.rept	NSYSCALLS - 1 - SYS_yield
	.long	sys_none
	.endr
	.text

/*
 * The entry of debug exceptions, if the processor has SYSENTER. SYSENTER does
 * not clear TF: a single-stepped user traps at sysenter_entry. Continue in
 * sysenter_stepped, without TF. All other debug exceptions go to trap().
 */
	.globl	sysenter_debug
	.type	sysenter_debug, @function
sysenter_debug:
	testb	$3, 4(%esp)		/* cs: from user mode? */
	jnz	trap_debug
	cmpl	$sysenter_entry, (%esp)
	jne	trap_debug
	movl	$sysenter_stepped, (%esp)
	andl	$~FL_TF, 8(%esp)
	iret
	.size	sysenter_debug, . - sysenter_debug

/* Single-stepped caller: return by IRET, which restores TF. */
	.type	sysenter_stepped, @function
sysenter_stepped:
	SYSENTER_FRAME(FL_IF | FL_TF | FL_ONE)
	movl	$GD_KD, %ecx
	movw	%cx, %ds
	movw	%cx, %es
	pushl	$FL_ONE
	popfl
	jmp	call_syscall
	.size	sysenter_stepped, . - sysenter_stepped

	.section .note.GNU-stack, "", @progbits
