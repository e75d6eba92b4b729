#ifndef PAGEWALK_KERN_MONITOR_READY_H
#define PAGEWALK_KERN_MONITOR_READY_H

#include <inc/types.h>

/*
 * The parts of the kernel that a command uses. The monitor also runs in a
 * kernel that stopped during start-up, in a function that is not finished.
 */
enum {
	NEEDS_TRAPS	= 1 << 0,	/* faults are reported */
	NEEDS_CHECKS	= 1 << 1,	/* the harness has its hooks */
	NEEDS_FRAMES	= 1 << 2,	/* `pages` is filled in */
	NEEDS_MAP	= 1 << 3,	/* kern_pgdir is filled in */
	NEEDS_DIRECTORY	= 1 << 4,	/* kern_pgdir is in use */
	NEEDS_ENVS	= 1 << 5,	/* `envs` is filled in */
	NEEDS_START	= 1 << 6,	/* start-up is over: programs can run */
};

/* True if these parts work. If not, print the first one that does not. */
bool	mon_ready(unsigned needs);

/* True if `envs` is filled in. Prints nothing. */
bool	envs_ready(void);

#endif
