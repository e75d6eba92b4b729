/*
 * Call a function that may fail, and survive. The harness uses this to go on
 * after a check that failed; checks use it for functions that must panic.
 */

#include <inc/stdio.h>
#include <inc/x86.h>
#include <kern/check/guard.h>
#include <kern/dev/console.h>
#include <kern/dev/timer.h>
#include <kern/hooks.h>
#include <kern/sections.h>
#include <kern/switch.h>
#include <kern/trapframe.h>
#include <kern/vmwalk.h>

struct guard {
	jmp_buf place;
	struct guard_report *report;
	struct guard *outer;
	uint32_t eflags;
};

/* The innermost guard in force. Only the first processor runs guards. */
static struct guard *innermost;

/*
 * The time limit of an outermost guard, and what is left of it, in ticks. When
 * an inner guard has used it up, the outer one gets GRACE to report that.
 */
static int time_limit = 2 * TIMER_HZ;
static int ticks_left;
#define GRACE	(TIMER_HZ / 4)

void
guard_time_limit(int ticks)
{
	time_limit = ticks;
}

int
guarded(void (*fn)(void *arg), void *arg, struct guard_report *report)
{
	struct guard g = { .report = report, .outer = innermost };

	g.eflags = read_eflags();
	*report = (struct guard_report) { .how = GUARD_OK };
	if (!innermost)
		ticks_left = time_limit;
	innermost = &g;
	hooks.checking = true;
	if (setjmp(g.place) == 0) {
		sti();
		fn(arg);
	}
	innermost = g.outer;
	hooks.checking = innermost != NULL;
	write_eflags(g.eflags);
	return report->how;
}

bool
guard_in_force(void)
{
	return innermost != NULL;
}

/*
 * True if a guard is in force and the page of its jmp_buf is still mapped. If
 * the page is not mapped, forget the guard.
 */
static bool
guard_reachable(void)
{
	struct vm_walk w;

	/* It is on the stack, above the frames of the guarded function. */
	if (innermost && !vm_walk(vm_current(), (uintptr_t)innermost, &w)) {
		innermost = NULL;
		hooks.checking = false;
	}
	return innermost != NULL;
}

void
guard_leave(void)
{
	innermost->report->how = GUARD_LEFT;
	longjmp(innermost->place, 1);
}

static bool
is_code(uintptr_t eip)
{
	return eip - (uintptr_t)stext < (uintptr_t)(etext - stext);
}

/*
 * Note eip, and the calls in the frames from ebp outwards. If the innermost
 * function has no frame (as in pmap.c), its return address is at esp; esp is 0
 * if it has one.
 */
static void
note_trace(struct guard_report *r, uintptr_t eip, uintptr_t ebp, uintptr_t esp)
{
	const pde_t *pgdir = vm_current();
	uint32_t ret;
	size_t n = 1;

	r->trace[0] = eip;
	if (esp && vm_read32(pgdir, esp, &ret) && is_code(ret))
		r->trace[n++] = ret - 1;
	for (; n < GUARD_TRACE; n++) {
		if (!vm_read32(pgdir, ebp + 4, &ret)
		    || !vm_read32(pgdir, ebp, &ebp))
			break;
		/* The return address follows the call. */
		r->trace[n] = ret - 1;
	}
}

/*
 * Return the end of the trap frame: at a trap from kernel mode the processor
 * pushes no ESP, so the stack was there. 0 if that does not apply.
 */
static uintptr_t
frame_end(const struct Trapframe *tf)
{
	return tf->tf_trapno == T_DBLFLT ? 0 : (uintptr_t)&tf->tf_esp;
}

void (*guard_on_failure)(void);

/* Call guard_on_failure: the kernel stops outside of a guard. */
static void
guard_abandoned(void)
{
	cons_muted = false;		/* a report follows */
	if (guard_on_failure)
		guard_on_failure();
}

/* The hook for panics: ends the guarded function, if there is one. */
static void
caught_panic(const char *file, int line, const char *fmt, va_list ap)
{
	struct guard_report *r;

	if (!innermost) {
		guard_abandoned();
		return;
	}
	r = innermost->report;
	r->how = GUARD_PANIC;
	r->file = file;
	r->line = line;
	vsnprintf(r->message, sizeof(r->message), fmt, ap);
	note_trace(r, (uintptr_t)__builtin_return_address(0) - 1,
		   *(uint32_t *)__builtin_frame_address(0), 0);
	longjmp(innermost->place, 1);
}

/* Return eip, or the call site if eip is not in code. */
static uintptr_t
trap_place(const struct Trapframe *tf)
{
	uint32_t ret;

	if (is_code(tf->tf_eip) || !frame_end(tf)
	    || !vm_read32(vm_current(), frame_end(tf), &ret) || !is_code(ret))
		return tf->tf_eip;
	return ret - 1;
}

/* Note the trace at tf. */
static void
note_trap(struct guard_report *r, const struct Trapframe *tf)
{
	note_trace(r, r->eip, tf->tf_regs.reg_ebp,
		   is_code(tf->tf_eip) ? frame_end(tf) : 0);
}

static void NORETURN
end_by_trap(const struct Trapframe *tf)
{
	struct guard_report *r = innermost->report;

	r->how = GUARD_TRAP;
	r->trapno = tf->tf_trapno;
	r->err = tf->tf_err;
	r->eip = trap_place(tf);
	r->va = rcr2();
	r->esp = frame_end(tf) ? frame_end(tf) : tf->tf_regs.reg_oesp;
	r->flags = tf->tf_eflags;
	r->ds = tf->tf_ds;
	r->es = tf->tf_es;
	r->handler_flags = read_eflags();
	note_trap(r, tf);
	longjmp(innermost->place, 1);
}

/* End the innermost guarded function, at tf: its time limit is over. */
static void NORETURN
end_loop(const struct Trapframe *tf)
{
	struct guard_report *r = innermost->report;

	ticks_left = GRACE;
	r->how = GUARD_LOOP;
	r->eip = tf->tf_eip;
	r->flags = tf->tf_eflags;
	note_trap(r, tf);
	longjmp(innermost->place, 1);
}

/* The hook for timer interrupts. */
static void
ticked(struct Trapframe *tf)
{
	if (innermost && --ticks_left <= 0)
		end_loop(tf);
}

/*
 * The hook for exceptions. A breakpoint enters the monitor, as elsewhere. A
 * guarded function that has switched interrupts off gets no ticks: when a
 * grader on the host sees that, it sends an NMI, which ends the function.
 */
static bool
trapped(struct Trapframe *tf)
{
	if (!innermost || (tf->tf_trapno == T_DBLFLT && !guard_reachable())) {
		/* A breakpoint from a user, or in the kernel, returns. */
		if (!from_user(tf) && tf->tf_trapno != T_BRKPT
		    && tf->tf_trapno != T_DEBUG)
			guard_abandoned();
		return false;
	}
	if (tf->tf_trapno == T_BRKPT) {
		hooks.debugger(tf, vm_current());
		return true;
	}
	if (tf->tf_trapno == T_NMI && !(tf->tf_eflags & FL_IF))
		end_loop(tf);
	end_by_trap(tf);
}

void
guard_init(void)
{
	hooks.panicked = caught_panic;
	hooks.trapped = trapped;
	hooks.ticked = ticked;
}
