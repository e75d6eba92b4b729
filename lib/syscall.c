/* System calls, as functions. */

#include <inc/lib.h>
#include <lib/syscall_entry.h>

/* libmain changes both if the processor has SYSENTER. */
IN_REGISTERS int32_t (*syscall_best)(uint32_t number, uint32_t a1, uint32_t a2,
				     uint32_t a3, uint32_t a4) = syscall_slow;
IN_REGISTERS int32_t (*syscall_short)(uint32_t number, uint32_t a1, uint32_t a2)
	= syscall_short_slow;

/* Return the result of a call that has no positive one. */
static int
checked(int number, int result)
{
	if (result > 0)
		panic("syscall %d returned %d (> 0)", number, result);
	return result;
}

void
sys_cputs(const char *string, size_t len)
{
	syscall_short(SYS_cputs, (uint32_t)string, len);
}

int
sys_cgetc(void)
{
	return syscall_short(SYS_cgetc, 0, 0);
}

envid_t
sys_getenvid(void)
{
	return syscall_short(SYS_getenvid, 0, 0);
}

int
sys_env_destroy(envid_t id)
{
	return checked(SYS_env_destroy, syscall_short(SYS_env_destroy, id, 0));
}

void
sys_yield(void)
{
	syscall_short(SYS_yield, 0, 0);
}

int
sys_page_alloc(envid_t id, void *va, int perm)
{
	return checked(SYS_page_alloc,
		       syscall_best(SYS_page_alloc, id, (uint32_t)va, perm, 0));
}

/* Only the gate takes five arguments. */
int
sys_page_map(envid_t src, void *srcva, envid_t dst, void *dstva, int perm)
{
	return checked(SYS_page_map,
		       syscall_int(SYS_page_map, src, (uint32_t)srcva, dst,
				   (uint32_t)dstva, perm));
}

int
sys_page_unmap(envid_t id, void *va)
{
	return checked(SYS_page_unmap,
		       syscall_short(SYS_page_unmap, id, (uint32_t)va));
}

int
sys_env_set_status(envid_t id, int status)
{
	return checked(SYS_env_set_status,
		       syscall_short(SYS_env_set_status, id, status));
}

int
sys_env_set_trapframe(envid_t id, struct Trapframe *tf)
{
	return checked(SYS_env_set_trapframe,
		       syscall_short(SYS_env_set_trapframe, id, (uint32_t)tf));
}

int
sys_env_set_pgfault_upcall(envid_t id, void *upcall)
{
	return checked(SYS_env_set_pgfault_upcall,
		       syscall_short(SYS_env_set_pgfault_upcall, id,
				     (uint32_t)upcall));
}

int
sys_ipc_try_send(envid_t to, uint32_t value, void *va, int perm)
{
	return syscall_best(SYS_ipc_try_send, to, value, (uint32_t)va, perm);
}

int
sys_ipc_recv(void *va)
{
	return checked(SYS_ipc_recv,
		       syscall_short(SYS_ipc_recv, (uint32_t)va, 0));
}

unsigned
sys_time_msec(void)
{
	return syscall_short(SYS_time_msec, 0, 0);
}

int
sys_cow_range(envid_t dst, void *start, void *end)
{
	return syscall_best(SYS_cow_range, dst, (uint32_t)start, (uint32_t)end,
			    0);
}

int
sys_cow_page(void *va)
{
	return syscall_short(SYS_cow_page, (uint32_t)va, 0);
}

int
sys_ipc_send(envid_t to, uint32_t value, void *va, int perm)
{
	return syscall_best(SYS_ipc_send, to, value, (uint32_t)va, perm);
}

int
sys_sleep(unsigned msec)
{
	return syscall_short(SYS_sleep, msec, 0);
}

int
sys_env_wait(envid_t id)
{
	return syscall_short(SYS_env_wait, id, 0);
}
