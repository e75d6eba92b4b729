#ifndef PAGEWALK_KERN_SYS_ENV_H
#define PAGEWALK_KERN_SYS_ENV_H

/*
 * System calls on environments. One that changes an environment takes the caller
 * (its id or 0) or one of its children, else it returns -E_BAD_ENV.
 */

#include <inc/types.h>

int32_t	sys_getenvid(void);

/* End the environment. */
int32_t	sys_env_destroy(uint32_t id);

/*
 * Create an environment that is not runnable yet: a copy of the caller, x87 and
 * SSE registers included, with an empty address space and without a page-fault
 * handler. In it, this call returns 0. Returns its id; -E_NO_FREE_ENV or
 * -E_NO_MEM.
 */
int32_t	sys_exofork(void);

/*
 * Make the environment ENV_RUNNABLE or ENV_NOT_RUNNABLE; -E_INVAL for another
 * status. An environment that waits goes on if it is made runnable: its system
 * call returns -E_UNSPECIFIED.
 */
int32_t	sys_env_set_status(uint32_t id, uint32_t status);

/*
 * Set the environment's registers to *tf, in the caller's memory. Ends the
 * caller if it cannot read that. The segments are those of a new program;
 * interrupts stay on, I/O ports forbidden.
 */
int32_t	sys_env_set_trapframe(uint32_t id, const struct Trapframe *tf);

/*
 * Set where the environment continues after a page fault (kern/pgfault.h); NULL:
 * page faults end it.
 */
int32_t	sys_env_set_pgfault_upcall(uint32_t id, void *upcall);

/* Let another environment run. */
int32_t	sys_yield(void);

/*
 * Wait until the environment, which may be any, has ended. Returns 0, at once if
 * there is none with that id; -E_INVAL for the caller.
 */
int32_t	sys_env_wait(uint32_t id);

#endif
