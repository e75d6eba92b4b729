#ifndef PAGEWALK_KERN_HOOKS_H
#define PAGEWALK_KERN_HOOKS_H

/*
 * Hooks for checks, monitor and benchmark. The kernel names none of these and
 * works without them: a hook may be NULL. They set their hooks once, from
 * i386_init. The kernel calls hooks on rare paths only.
 */

#include <inc/mmu.h>
#include <inc/stdarg.h>
#include <inc/trap.h>

struct hooks {
	/* Start-up has reached this step (panic.c has the names). */
	void (*milestone)(const char *step);
	/* A panic, before it is printed. Does not return during a check. */
	void (*panicked)(const char *file, int line, const char *fmt,
			 va_list ap);
	/* A panic, after it is printed. Does not return. */
	void (*failed)(const char *file);
	/* An exception. Returns true if a check has handled it. */
	bool (*trapped)(struct Trapframe *tf);
	/* Each timer interrupt. */
	void (*ticked)(struct Trapframe *tf);
	/*
	 * An exception in the kernel, or a breakpoint or single step anywhere;
	 * pgdir was the current directory. Returns to continue. With tf NULL,
	 * nothing is runnable, and it does not return.
	 */
	void (*debugger)(struct Trapframe *tf, const pde_t *pgdir);

	/*
	 * A check is running: environments start and end without a message,
	 * time slices do not end, and functions that would not return to the
	 * check panic.
	 */
	bool checking;
	/* A benchmark is counting: measured code prints nothing. */
	bool quiet;
	/* The last step that start-up has reached, or NULL. */
	const char *reached;
};

extern struct hooks hooks;	/* kern/panic.c */

static inline void
milestone(const char *step)
{
	hooks.reached = step;
	if (hooks.milestone)
		hooks.milestone(step);
}

/* True if start-up has reached this step. */
bool	milestone_reached(const char *step);

#endif
