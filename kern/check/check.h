#ifndef PAGEWALK_KERN_CHECK_CHECK_H
#define PAGEWALK_KERN_CHECK_CHECK_H

/*
 * Checks: what must hold, as executable rules.
 *
 * A check is one small function with a name and a rule, in a group with a
 * classic name, about one subject: the function that breaks the rule if it is
 * broken. It runs in a guard: a panic, a fault or an endless loop ends only
 * this check, and what it leaves behind is restored before the next one.
 *
 * Most checks use only the public interface (interface.h), so that they can
 * judge any kernel of this kind: `make grade-solution` compiles them with
 * FOREIGN=1 around a course's pmap.c.
 */

#include <inc/types.h>

/* The groups, in the order in which they run: lower layers first. */
enum check_group {
	GROUP_TRAPS,
	GROUP_PAGE_FREE_LIST,
	GROUP_PAGE_ALLOC,
	GROUP_PAGE,
	GROUP_MEM_INIT,		/* foreign kernels only */
	GROUP_KERN_PGDIR,
	GROUP_INSTALLED_PGDIR,
	GROUP_OUT_OF_MEMORY,
	GROUP_BOOT_ALLOC,	/* foreign kernels only */
	GROUP_OWN_CHECKS,	/* foreign kernels only */
	GROUP_PAGING,
	GROUP_ENV,
	GROUP_CALLS,
	GROUP_DISK,
	GROUP_SWAP,		/* only if there is a swap area */
	NGROUPS
};

enum check_kind {
	CHECK_RULE,		/* required by the interface */
	CHECK_ADVICE,		/* allowed to differ: "may panic" */
	CHECK_OWN,		/* promised by this kernel only */
};

/* Flag: runs only when asked for, or when the kernel is being graded. */
#define CHECK_LONG	1

struct check {
	const char *name;
	const char *subject;
	const char *rule;
	void (*run)(void);
	uint8_t group;
	uint8_t kind;
	uint8_t flags;
};

/*
 * Before memory management starts: set the hooks of kern/hooks.h. If this
 * kernel is being graded, list the checks that there are.
 */
void	check_init(void);

/*
 * Run all checks of a group and print "GROUP() succeeded!" if all held, or what
 * failed and how many. Returns true if all held.
 */
bool	check_group(enum check_group group);

/* If this kernel is being graded: run the groups that have not run yet. */
void	check_remaining_groups(void);

/*
 * Run the checks, groups or subjects of that name, or all checks if it is NULL;
 * the long ones, too. Returns false if nothing has that name.
 */
bool	check_run(const char *name);

/* The number of rules that have failed since check_init. */
uint32_t check_failures(void);

/*
 * The number of runs of checks. What one check of a run has computed can serve
 * the others.
 */
extern uint32_t check_epoch;

/* EFLAGS before that run; interrupts are on in a check. */
extern uint32_t check_outer_flags;

/*
 * Recompute the invariants F1 to Q2 from the tables alone. Prints what is
 * broken; returns the number of violations.
 */
int	audit(void);

#endif
