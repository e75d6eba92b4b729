/*
 * System calls by SYSENTER (inc/syscall.h). It does not save the caller's stack
 * pointer and eip, so the caller passes them in ebp and esi; esp is KSTACKTOP.
 *
 * Most calls return at once. They need no frame, only a C call through
 * syscall_fast_table, and leave by SYSEXIT. A call that switches to another
 * environment returns later, by IRET from env_tf.
 *
 * TF and NT may be set on arrival (SDM 2B, SYSENTER): popfl clears both.
 */

#include <inc/error.h>
#include <inc/memlayout.h>
#include <inc/syscall.h>
#include <inc/trap.h>

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
	jae	no_number
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
no_number:
	movl	$-E_INVAL, %eax
	jmp	2b
	.size	sysenter_entry, . - sysenter_entry

/*
 * A call that may let another environment run: save the registers that the
 * caller keeps, in curenv->env_tf, as if it had come by the gate; syscall_frame
 * is NULL, because they need not be copied any more. The caller's flags are
 * unknown. On the stack: a return address, edx, ecx, ebx, edi, eip, esp.
 */
	.macro	MAY_SWITCH call, number
	.type	sysenter_\call, @function
sysenter_\call:
	movl	curenv, %eax
	movl	20(%esp), %ecx
	movl	%edi, TF_EDI(%eax)
	movl	%ebx, TF_EBX(%eax)
	movl	%ebp, TF_EBP(%eax)
	movl	%ecx, TF_EIP(%eax)
	movl	%ebp, TF_ESP(%eax)
	movl	$(GD_UD | 3), %ecx
	movw	%cx, TF_ES(%eax)
	movw	%cx, TF_DS(%eax)
	movw	%cx, TF_SS(%eax)
	movw	$(GD_UT | 3), TF_CS(%eax)
	movl	$(FL_IF | FL_ONE), TF_EFLAGS(%eax)
	movl	$\number, syscall_number
	movl	$0, syscall_frame
	jmp	sys_\call
	.size	sysenter_\call, . - sysenter_\call
	.endm

/*
 * A call that may have to wait for memory, and is then made again: kern/repeat.c
 * finds the registers on the stack.
 */
	.macro	MAY_REPEAT call, number
	.type	sysenter_\call, @function
sysenter_\call:
	movl	$\number, syscall_number
	movl	$0, syscall_frame
	jmp	sys_\call
	.size	sysenter_\call, . - sysenter_\call
	.endm

	MAY_SWITCH cputs, SYS_cputs
	MAY_SWITCH exofork, SYS_exofork
	MAY_SWITCH env_set_status, SYS_env_set_status
	MAY_SWITCH env_set_trapframe, SYS_env_set_trapframe
	MAY_SWITCH yield, SYS_yield
	MAY_SWITCH ipc_recv, SYS_ipc_recv
	MAY_SWITCH ipc_send, SYS_ipc_send
	MAY_SWITCH sleep, SYS_sleep
	MAY_SWITCH env_wait, SYS_env_wait

	MAY_REPEAT page_alloc, SYS_page_alloc
	MAY_REPEAT ipc_try_send, SYS_ipc_try_send
	MAY_REPEAT cow_range, SYS_cow_range
	MAY_REPEAT cow_page, SYS_cow_page

	.type	no_call, @function
no_call:
	movl	$-E_INVAL, %eax
	ret
	.size	no_call, . - no_call

/*
 * The calls by number, as in kern/syscall.c's table. page_map's fifth argument
 * does not fit: it comes by the gate only.
 */
	.section .rodata
	.globl	syscall_fast_table
syscall_fast_table:
	.long	sysenter_cputs
	.long	sys_cgetc
	.long	sys_getenvid
	.long	sys_env_destroy
	.long	sysenter_page_alloc
	.long	no_call			/* page_map */
	.long	sys_page_unmap
	.long	sysenter_exofork
	.long	sysenter_env_set_status
	.long	sysenter_env_set_trapframe
	.long	sys_env_set_pgfault_upcall
	.long	sysenter_yield
	.long	sysenter_ipc_try_send
	.long	sysenter_ipc_recv
	.long	sys_time_msec
	.long	sysenter_cow_range
	.long	sysenter_cow_page
	.long	sysenter_ipc_send
	.long	sysenter_sleep
	.long	sysenter_env_wait
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

/*
 * Single-stepped caller: build the frame of the system-call gate and continue
 * there, to return by IRET, which restores TF.
 */
	.type	sysenter_stepped, @function
sysenter_stepped:
	pushl	$(GD_UD | 3)		/* ss */
	pushl	%ebp			/* esp */
	pushl	$(FL_IF | FL_TF | FL_ONE)
	pushl	$(GD_UT | 3)		/* cs */
	pushl	%esi			/* eip */
	pushl	$0
	pushl	$T_SYSCALL
	pushl	$(GD_UD | 3)		/* ds */
	pushl	$(GD_UD | 3)		/* es */
	pushal
	movl	$GD_KD, %ecx
	movw	%cx, %ds
	movw	%cx, %es
	pushl	$FL_ONE
	popfl
	jmp	call_syscall
	.size	sysenter_stepped, . - sysenter_stepped

	.section .note.GNU-stack, "", @progbits
