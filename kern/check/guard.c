/*
 * Calling a function that may go wrong, and surviving it. Checks use this to
 * go on after one that failed, and to see that what must panic does.
 */

#include <inc/stdio.h>
#include <inc/x86.h>
#include <kern/check/guard.h>
#include <kern/dev/timer.h>
#include <kern/hooks.h>
#include <kern/sections.h>
#include <kern/switch.h>
#include <kern/vmwalk.h>

struct guard {
	jmp_buf place;
	struct guard_report *report;
	struct guard *outer;
	uint32_t eflags;
};

/* The innermost guard in force. One processor runs guards, the first. */
static struct guard *innermost;

/*
 * Ticks that an outermost guard grants, and that are left of them; so many are
 * left when one within it has used them up.
 */
static int patience = 2 * TIMER_HZ;
static int ticks_left;
#define LAST_WORDS	(TIMER_HZ / 4)

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
 * True if a guard is in force whose jmp_buf can still be reached. If it cannot,
 * forget the guard.
 */
static bool
guard_reachable(void)
{
	struct vm_walk w;

	/* It lies on the stack, above what ran in it. */
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
 * Note eip, and the calls in the frames from ebp outwards. A function without a
 * frame (pmap.c has such) has its caller at esp; 0 if that cannot be.
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
		/* The call is before where it returns to. */
		r->trace[n] = ret - 1;
	}
}

/* Where the stack was at a trap in our kernel's code; 0 if that is unknown. */
static uintptr_t
frame_end(const struct Trapframe *tf)
{
	return tf->tf_trapno == T_DBLFLT || !is_code(tf->tf_eip)
		? 0 : (uintptr_t)&tf->tf_esp;
}

/* The hook for panics: ends the guarded function, if there is one. */
static void
caught_panic(const char *file, int line, const char *fmt, va_list ap)
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
		   *(uint32_t *)__builtin_frame_address(0), 0);
	longjmp(innermost->place, 1);
}

/* Where it happened; after a call to where no code is, the call. */
static uintptr_t
trap_place(const struct Trapframe *tf)
{
	uint32_t ret;

	if (is_code(tf->tf_eip))
		return tf->tf_eip;
	/* Of a trap in the kernel, the frame ends where the stack was. */
	if (tf->tf_trapno == T_DBLFLT
	    || !vm_read32(vm_current(), (uintptr_t)&tf->tf_esp, &ret)
	    || !is_code(ret))
		return tf->tf_eip;
	return ret - 1;
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
	/* Of a trap in the kernel, the frame ends where the stack was. */
	r->esp = tf->tf_trapno == T_DBLFLT ? tf->tf_regs.reg_oesp
		: (uintptr_t)&tf->tf_esp;
	r->flags = tf->tf_eflags;
	r->ds = tf->tf_ds;
	r->es = tf->tf_es;
	r->handler_flags = read_eflags();
	note_trace(r, r->eip, tf->tf_regs.reg_ebp, frame_end(tf));
	longjmp(innermost->place, 1);
}

/* Time has run out for the innermost guard, at tf. */
static void NORETURN
end_loop(const struct Trapframe *tf)
{
	struct guard_report *r = innermost->report;

	/* Who called it has time to say so. */
	ticks_left = LAST_WORDS;
	r->how = GUARD_LOOP;
	r->eip = tf->tf_eip;
	r->flags = tf->tf_eflags;
	note_trace(r, tf->tf_eip, tf->tf_regs.reg_ebp, frame_end(tf));
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
 * The hook for exceptions. A breakpoint leads to the monitor from here, too. An
 * NMI ends a guarded function that has switched interrupts off, so that no tick
 * comes: a grader on the host sends one when it sees that.
 */
static bool
trapped(struct Trapframe *tf)
{
	if (!innermost || (tf->tf_trapno == T_DBLFLT && !guard_reachable()))
		return false;
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
