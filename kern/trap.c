/*
 * Traps: dispatch exceptions and interrupts.
 *
 * gates.c leads them to trapentry.S, which calls trap() with the registers.
 * Device interrupts come this way too, at IRQ_OFFSET and up (dev/pic.c). System
 * calls do not: they go to syscall() directly.
 *
 * Not its job: handling a user's trap (usertrap.c), double faults
 * (doublefault.c), reports of the kernel's own faults (monitor/report.c).
 */

#include <inc/x86.h>
#include <kern/dev/ide.h>
#include <kern/dev/pic.h>
#include <kern/dev/timer.h>
#include <kern/hooks.h>
#include <kern/nmi.h>
#include <kern/sched.h>
#include <kern/swap.h>
#include <kern/sys_time.h>
#include <kern/trap.h>
#include <kern/usertrap.h>
#include <kern/vmwalk.h>

/* Handle a device interrupt: of the timer or of a disk. Others are masked. */
static void
interrupt(struct Trapframe *tf)
{
	int irq = tf->tf_trapno - IRQ_OFFSET;

	if (pic_spurious(irq))
		return;
	pic_done(irq);
	if (irq == IRQ_IDE || irq == IRQ_IDE + 1)
		ide_interrupt(irq);
	if (irq != IRQ_TIMER)
		return;
	ide_tick();
	if (!hooks.checking) {		/* checks raise its vector */
		timer_ticked();
		sleep_tick();
		swap_tick(from_user(tf));
	}
	if (hooks.ticked)
		hooks.ticked(tf);
	if (from_user(tf) && nmi_state == NMI_PENDING) {
		tf->tf_trapno = T_NMI;
		user_trap(tf);
	}
	/* A user's time slice ends with the tick. */
	if (from_user(tf) && !hooks.checking)
		sched_leave(tf);
}

/* Handle the kernel's own exception, or a breakpoint. */
static void
kernel_trap(struct Trapframe *tf)
{
	if (hooks.debugger) {
		hooks.debugger(tf, vm_current());
		return;
	}
	print_trapframe(tf);
	halt_forever();
}

/* Inlined in trap, which handles the page faults of programs. */
static ALWAYS_INLINE void
dispatch(struct Trapframe *tf)
{
	if (tf->tf_trapno >= IRQ_OFFSET && tf->tf_trapno < IRQ_OFFSET + 16)
		interrupt(tf);
	else if (hooks.trapped && hooks.trapped(tf))
		/* a check has dealt with it */;
	else if (from_user(tf))
		user_trap(tf);
	else
		kernel_trap(tf);
}

void
trap_dispatch(struct Trapframe *tf)
{
	dispatch(tf);
}

void
trap(struct Trapframe *tf)
{
	dispatch(tf);
}
