/* A course's lab 2 has no user mode: nothing of it may ever be needed. */

#include <inc/assert.h>
#include <inc/syscall.h>
#include <kern/syscall.h>
#include <kern/trap.h>

void
user_trap(struct Trapframe *tf)
{
	panic("trap %u from user mode", tf->tf_trapno);
}

void
user_preempt(struct Trapframe *tf)
{
	user_trap(tf);
	for (;;)
		/* it does not come back */;
}

void
user_step(struct Trapframe *tf)
{
	user_trap(tf);
}

void
user_abandon(void)
{
	/* nobody is there */
}

void
syscall(struct Trapframe *tf)
{
	user_trap(tf);
}

const void *const syscall_fast_table[NSYSCALLS];

int32_t
sys_cputs(const char *s, uint32_t len)
{
	(void)s, (void)len;
	return -1;
}
