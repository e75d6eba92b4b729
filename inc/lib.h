#ifndef PAGEWALK_INC_LIB_H
#define PAGEWALK_INC_LIB_H

/* A user program includes only this, and defines umain. */

#include <inc/assert.h>
#include <inc/env.h>
#include <inc/error.h>
#include <inc/memlayout.h>
#include <inc/stdarg.h>
#include <inc/stdio.h>
#include <inc/string.h>
#include <inc/syscall.h>
#include <inc/trap.h>
#include <inc/types.h>

#define USED(x)		((void)(x))

/* The program. When it returns, the environment exits. */
void	umain(int argc, char **argv);

/* Our name. */
extern const char *binaryname;

/*
 * Our environment. It can be assigned to, like a variable. It is one in a place
 * of its own: environments that share all memory (sfork) must differ in it.
 */
extern const volatile struct Env **thisenv_at;
#define thisenv		(*thisenv_at)

/* The kernel's arrays, read-only: see inc/memlayout.h. */
extern const volatile struct Env envs[NENV];
extern const volatile struct PageInfo pages[];

/*
 * The page tables, as two arrays. uvpt[PGNUM(va)] is the table's entry for va,
 * if the directory's entry, uvpd[PDX(va)], is present.
 */
extern const volatile pte_t uvpt[];
extern const volatile pde_t uvpd[];

/*
 * True if this environment has a page at va, in memory or on disk. A page on disk
 * has an entry that is neither present nor 0: PTE_P is missing in it, and the
 * frame number is none. It comes into memory when it is touched, and may leave
 * again at any time.
 */
static inline bool
uvpt_has_page(uintptr_t va)
{
	return (uvpd[PDX(va)] & PTE_P) && uvpt[PGNUM(va)];
}

/*
 * Return the rights of the page at va as system calls take them: also those of a
 * page on disk. => We have a page at va.
 */
static inline int
uvpt_rights(uintptr_t va)
{
	return (uvpt[PGNUM(va)] & PTE_SYSCALL) | PTE_P;
}

/* End this environment. */
void	exit(void) NORETURN;

/*
 * System calls: inc/syscall.h. Negative results are errors (inc/error.h);
 * environment 0 is the caller. doc/13-system-calls.md describes each one.
 */
void	sys_cputs(const char *string, size_t len);
int	sys_cgetc(void);
envid_t	sys_getenvid(void);
int	sys_env_destroy(envid_t id);
void	sys_yield(void);
int	sys_page_alloc(envid_t id, void *va, int perm);
int	sys_page_map(envid_t src, void *srcva, envid_t dst, void *dstva,
		     int perm);
int	sys_page_unmap(envid_t id, void *va);
int	sys_env_set_status(envid_t id, int status);
int	sys_env_set_trapframe(envid_t id, struct Trapframe *tf);
int	sys_env_set_pgfault_upcall(envid_t id, void *upcall);
int	sys_ipc_try_send(envid_t to, uint32_t value, void *va, int perm);
int	sys_ipc_recv(void *va);
unsigned sys_time_msec(void);

/*
 * Calls that the course kernel lacks. cow_range shares the caller's pages
 * between start and end with dst: those with PTE_SHARE as they are, read-only
 * ones too, all others copy-on-write for both. cow_page makes the caller's
 * copy-on-write page at va writable, after copying it if it is shared. ipc_send
 * waits until the receiver takes the message. sleep waits for at least msec
 * milliseconds. env_wait waits until the environment has ended.
 */
int	sys_cow_range(envid_t dst, void *start, void *end);
int	sys_cow_page(void *va);
int	sys_ipc_send(envid_t to, uint32_t value, void *va, int perm);
int	sys_sleep(unsigned msec);
int	sys_env_wait(envid_t id);

/*
 * Pass the first three arguments in eax, edx and ecx. The kernel expects a
 * call's number and its first two arguments there.
 */
#define IN_REGISTERS	__attribute__((regparm(3)))

/* Make any system call, by the gate (lib/syscall_entry.S). */
int32_t	syscall_int(uint32_t number, uint32_t a1, uint32_t a2, uint32_t a3,
		    uint32_t a4, uint32_t a5) IN_REGISTERS;

/*
 * Create an environment with the caller's registers and an empty address space,
 * which is not runnable yet. Returns its id, and 0 in the new environment.
 *
 * Inlined: its caller's stack frame must be the one that the child continues
 * in. A function of its own would return on a stack that may have changed.
 */
static ALWAYS_INLINE envid_t
sys_exofork(void)
{
	envid_t id;

	__asm__ volatile("int %2" : "=a" (id)
			 : "a" (SYS_exofork), "i" (T_SYSCALL)
			 : "cc", "memory");
	return id;
}

/* --- Page faults -------------------------------------------------------- */

/*
 * Let handler handle this environment's page faults. The first call allocates
 * the exception stack. Panics if there is no memory.
 */
void	set_pgfault_handler(void (*handler)(struct UTrapframe *utf));

/* The kernel starts this on the exception stack: calls _pgfault_handler. */
extern void _pgfault_upcall(void);
extern void (*_pgfault_handler)(struct UTrapframe *utf);

/* --- Environments ------------------------------------------------------- */

/*
 * Create a copy of this environment: fork with pages copied when written, sfork
 * with all memory but the stack shared. Return the child's id, 0 in the child,
 * or an error, and then there is no child.
 *
 * Copy-on-write faults are handled before the program's handler is called,
 * whichever was installed first. fork_by_pages is fork by the course kernel's
 * system calls only, a page at a time.
 */
envid_t	fork(void);
envid_t	fork_by_pages(void);
envid_t	sfork(void);

/* Wait until the environment has ended. Panics for our own id. */
void	wait(envid_t id);

/* Return the first environment of that type, or 0. */
envid_t	ipc_find_env(enum EnvType type);

/* --- Messages ----------------------------------------------------------- */

/*
 * Send value, and the page at pg with permissions perm unless pg is NULL; wait
 * until it is received. Panics if that is impossible.
 */
void	ipc_send(envid_t to, uint32_t value, void *pg, int perm);

/*
 * Wait for a message, and map its page at pg, unless pg is NULL. Returns the
 * value, or an error. Unless they are NULL, *from is set to the sender and *perm
 * to the page's permissions, 0 without a page; both to 0 on an error.
 */
int32_t	ipc_recv(envid_t *from, void *pg, int *perm);

#endif
