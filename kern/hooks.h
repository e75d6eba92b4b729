#ifndef PAGEWALK_KERN_HOOKS_H
#define PAGEWALK_KERN_HOOKS_H

/*
 * Doors between the kernel and those who watch it: checks, monitor, benchmark.
 * The kernel names none of them and works with every door closed. They open
 * their own doors from i386_init, once; doors are called on rare paths only.
 */

#include <inc/mmu.h>
#include <inc/stdarg.h>
#include <inc/trap.h>

struct hooks {
	/* mem_init has come to this step (the names are in pmap.c). */
	void (*milestone)(const char *step);
	/* A panic, before it is printed. Returns unless a check expects it. */
	void (*panicked)(const char *file, int line, const char *fmt,
			 va_list ap);
	/* A panic that has been printed. Does not return. */
	void (*failed)(const char *file);
	/* An exception. Returns true if a check has dealt with it. */
	bool (*trapped)(struct Trapframe *tf);
	/* Each timer interrupt. */
	void (*ticked)(struct Trapframe *tf);
	/*
	 * An exception in the kernel, or a breakpoint or single step anywhere.
	 * pgdir is the directory that was in use. Returns only to continue.
	 * tf is NULL when nothing is runnable: it then does not return.
	 */
	void (*debugger)(struct Trapframe *tf, const pde_t *pgdir);

	/*
	 * A check calls the kernel's functions: environments come and go
	 * without a message, time slices do not end, and a call that would
	 * not come back panics.
	 */
	bool checking;
	/* A benchmark counts: what it measures prints nothing. */
	bool quiet;
};

extern struct hooks hooks;	/* kern/panic.c */

static inline void
milestone(const char *step)
{
	if (hooks.milestone)
		hooks.milestone(step);
}

#endif
