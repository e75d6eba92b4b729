/* System calls, as functions. */

#include <inc/lib.h>
#include <lib/syscall_entry.h>

/* libmain changes this to syscall_fast if the processor has SYSENTER. */
int32_t (*syscall_best)(uint32_t number, uint32_t a1, uint32_t a2, uint32_t a3,
		       uint32_t a4) = syscall_slow;

int32_t
syscall_slow(uint32_t number, uint32_t a1, uint32_t a2, uint32_t a3,
	     uint32_t a4)
{
	return syscall_int(number, a1, a2, a3, a4, 0);
}

void
sys_cputs(const char *string, size_t len)
{
	syscall_best(SYS_cputs, (uint32_t)string, len, 0, 0);
}

int
sys_cgetc(void)
{
	return syscall_best(SYS_cgetc, 0, 0, 0, 0);
}

envid_t
sys_getenvid(void)
{
	return syscall_best(SYS_getenvid, 0, 0, 0, 0);
}

int
sys_env_destroy(envid_t id)
{
	return syscall_best(SYS_env_destroy, id, 0, 0, 0);
}

void
sys_yield(void)
{
	syscall_best(SYS_yield, 0, 0, 0, 0);
}
