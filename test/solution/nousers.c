/* Stubs for trap.c. A course's lab 2 has no user mode, and never calls them. */

#include <inc/assert.h>
#include <kern/dev/ide.h>
#include <kern/sched.h>
#include <kern/slot.h>
#include <kern/swap.h>
#include <kern/sys_time.h>
#include <kern/syscall.h>
#include <kern/trapentry.h>
#include <kern/usertrap.h>

void
user_trap(struct Trapframe *tf)
{
	panic("trap %u from user mode", tf->tf_trapno);
}

void
sched_leave(const struct Trapframe *tf)
{
	panic("trap %u from user mode", tf->tf_trapno);
}

void
syscall(struct Trapframe *tf)
{
	user_trap(tf);
}

/* Each tick calls this. No environment sleeps. */
void
sleep_tick(void)
{
}

/* Nor are there pages on a disk. */
void
swap_tick(bool user)
{
	(void)user;
}

/* No entry names a slot of a swap area (vmwalk.c). */
uint32_t slots_total;

/* No disk is used, and no interrupt of one is let through. */
void
ide_interrupt(int irq)
{
	panic("interrupt %d of a disk", irq);
}

void
ide_tick(void)
{
}

/* SYSENTER's entry points: a lab 2 does not use SYSENTER. */
const char sysenter_entry[1], sysenter_debug[1];
