/*
 * Calling a function that may go wrong, and surviving it. Checks use this to
 * go on after one that failed, and to see that what must panic does.
 */

#include <inc/stdio.h>
#include <inc/x86.h>
#include <kern/guard.h>
#include <kern/map.h>
#include <kern/switch.h>
#include <kern/timer.h>
#include <kern/vmwalk.h>

struct guard {
	struct place place;
	struct guard_report *report;
	struct guard *outer;
	uint32_t eflags;
};

/* The innermost guard in force. One processor runs guards, the first. */
static struct guard *innermost;

/* Ticks that an outermost guard grants, and that are left of them. */
static int patience = 2 * TIMER_HZ;
static int ticks_left;

void
guard_patience(int ticks)
{
	patience = ticks;
}

int
guarded(void (*fn)(void *arg), void *arg, struct guard_report *report)
{
	struct guard g = { .report = report, .outer = innermost };

	g.eflags = read_eflags();
	*report = (struct guard_report) { .how = GUARD_OK };
	if (!innermost)
		ticks_left = patience;
	innermost = &g;
	if (remember(&g.place) == 0) {
		sti();
		fn(arg);
	}
	innermost = g.outer;
	write_eflags(g.eflags);
	return report->how;
}

bool
guard_in_force(void)
{
	return innermost != NULL;
}

bool
guard_reachable(void)
{
	struct vm_walk w;

	/* It lies on the stack, above what ran in it. */
	if (innermost && !vm_walk(vm_current(), (uintptr_t)innermost, &w))
		innermost = NULL;
	return innermost != NULL;
}

void
guard_leave(void)
{
	innermost->report->how = GUARD_LEFT;
	go_back(&innermost->place, 1);
}

/* Note eip, and the calls in the frames from ebp outwards. */
static void
note_trace(struct guard_report *r, uintptr_t eip, uintptr_t ebp)
{
	const pde_t *pgdir = vm_current();
	uint32_t ret;
	size_t n;

	r->trace[0] = eip;
	for (n = 1; n < GUARD_TRACE; n++) {
		if (!vm_read32(pgdir, ebp + 4, &ret)
		    || !vm_read32(pgdir, ebp, &ebp))
			break;
		/* The call is before where it returns to. */
		r->trace[n] = ret - 1;
	}
}

void
guard_caught_panic(const char *file, int line, const char *fmt, va_list ap)
{
	struct guard_report *r;

	if (!innermost)
		return;
	r = innermost->report;
	r->how = GUARD_PANIC;
	r->file = file;
	r->line = line;
	vsnprintf(r->message, sizeof(r->message), fmt, ap);
	note_trace(r, (uintptr_t)__builtin_return_address(0) - 1,
		   *(uint32_t *)__builtin_frame_address(0));
	go_back(&innermost->place, 1);
}

/* Where it happened; after a call to where no code is, the call. */
static uintptr_t
trap_place(const struct Trapframe *tf)
{
	uint32_t ret;

	if (tf->tf_eip - (uintptr_t)stext < (uintptr_t)(etext - stext))
		return tf->tf_eip;
	/* Of a trap in the kernel, the frame ends where the stack was. */
	if (tf->tf_trapno == T_DBLFLT
	    || !vm_read32(vm_current(), (uintptr_t)&tf->tf_esp, &ret)
	    || ret - (uintptr_t)stext >= (uintptr_t)(etext - stext))
		return tf->tf_eip;
	return ret - 1;
}

void
guard_caught_trap(const struct Trapframe *tf)
{
	struct guard_report *r;

	if (!innermost)
		return;
	r = innermost->report;
	r->how = GUARD_TRAP;
	r->trapno = tf->tf_trapno;
	r->err = tf->tf_err;
	r->eip = trap_place(tf);
	r->va = rcr2();
	/* Of a trap in the kernel, the frame ends where the stack was. */
	r->esp = tf->tf_trapno == T_DBLFLT ? tf->tf_regs.reg_oesp
		: (uintptr_t)&tf->tf_esp;
	r->flags = tf->tf_eflags;
	r->ds = tf->tf_ds;
	r->es = tf->tf_es;
	r->handler_flags = read_eflags();
	note_trace(r, r->eip, tf->tf_regs.reg_ebp);
	go_back(&innermost->place, 1);
}

void
guard_tick(const struct Trapframe *tf)
{
	struct guard_report *r;

	if (!innermost || --ticks_left > 0)
		return;
	r = innermost->report;
	r->how = GUARD_LOOP;
	r->eip = tf->tf_eip;
	note_trace(r, tf->tf_eip, tf->tf_regs.reg_ebp);
	go_back(&innermost->place, 1);
}
