#ifndef PAGEWALK_KERN_CHECK_GUARD_H
#define PAGEWALK_KERN_CHECK_GUARD_H

#include <inc/stdarg.h>
#include <inc/trap.h>

/* How a guarded function ended. */
enum {
	GUARD_OK = 0,		/* it returned */
	GUARD_PANIC,		/* it panicked: message, file, line are set */
	GUARD_LEFT,		/* it called guard_leave */
	GUARD_TRAP,		/* it trapped: trapno, err, eip, va, flags */
	GUARD_LOOP,		/* it took too long: eip, flags say where */
};

/* A trace has the innermost place first, and 0 after the last. */
#define GUARD_TRACE	8

struct guard_report {
	int how;
	char message[160];
	const char *file;
	int line;
	uint32_t trapno;
	uint32_t err;
	uintptr_t eip;
	uintptr_t va;		/* CR2, for a page fault */
	uintptr_t esp;		/* where the stack was when it trapped */
	uint32_t flags;		/* EFLAGS where it trapped or looped */
	uint16_t ds, es;	/* and segments */
	uint32_t handler_flags;	/* EFLAGS that the trap's handler had */
	uintptr_t trace[GUARD_TRACE]; /* where it was, and the calls to it */
};

/*
 * Called if the kernel fails while no guarded function runs: the harness will
 * not continue. May be NULL.
 */
extern void (*guard_on_failure)(void);

/* Set the hooks (kern/hooks.h) that lead here. */
void	guard_init(void);

/*
 * Call fn(arg), and return whatever it does: a panic, a processor exception or
 * the time limit ends fn, and *report says which. Guards nest. Changes that fn
 * has made stay. Returns report->how.
 *
 * fn runs with interrupts on: the timer's end an endless loop.
 */
int	guarded(void (*fn)(void *arg), void *arg, struct guard_report *report);

/*
 * Set the time limit of an outermost guard, in ticks as the kernel gets them: a
 * machine that is stopped for a while costs one.
 */
void	guard_time_limit(int ticks);

/* True while a guarded function runs. */
bool	guard_in_force(void);

/* End the innermost guarded function. The caller must be in a guard. */
void	guard_leave(void) __attribute__((noreturn));

#endif
