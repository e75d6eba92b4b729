#ifndef PAGEWALK_INC_SYSCALL_H
#define PAGEWALK_INC_SYSCALL_H

/*
 * System calls: the number in eax, arguments in edx, ecx, ebx, edi, esi; the
 * result is in eax. There are two entries:
 *
 *   int $T_SYSCALL	always works; all other registers are preserved.
 *   sysenter		if CPUID reports it, for calls of up to four arguments.
 *			ebp holds the stack pointer and esi the return address.
 *			ecx, edx, esi and the flags change; DS and ES become
 *			those of a new program. SYS_page_map, with five arguments, is
 *			refused (-E_INVAL).
 */
#define SYS_cputs	0
#define SYS_cgetc	1
#define SYS_getenvid	2
#define SYS_env_destroy	3
#define SYS_page_alloc	4
#define SYS_page_map	5
#define SYS_page_unmap	6
#define SYS_exofork	7
#define SYS_env_set_status	8
#define SYS_env_set_trapframe	9
#define SYS_env_set_pgfault_upcall	10
#define SYS_yield	11
#define SYS_ipc_try_send	12
#define SYS_ipc_recv	13
#define SYS_time_msec	14
/* Calls that the course kernel lacks. */
#define SYS_cow_range	15
#define SYS_cow_page	16
#define SYS_ipc_send	17
#define SYS_sleep	18
#define SYS_env_wait	19
#define NSYSCALLS		20

#endif
