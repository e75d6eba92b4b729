#ifndef PAGEWALK_KERN_POLICY_H
#define PAGEWALK_KERN_POLICY_H

/*
 * Which page leaves memory next: page-replacement policies.
 *
 * Each is a function that chooses among the pages of the ring (kern/resident.h),
 * which are in the order of loading. It may pass over those that are not allowed
 * to leave now.
 */

#include <kern/resident.h>

struct policy {
	const char *name;
	/* Return the frame to leave, or 0 if none may. */
	ppn_t (*victim)(void);
	/* A page is about to enter the ring; NULL if that does not matter. */
	void (*fault)(void);
};

extern const struct policy policies[];		/* the last has no name */
extern const struct policy *policy;		/* the one in use */

/* Use the policy with that name. Returns false if there is none. */
bool	policy_choose(const char *name);

/* Start a period of aging: what comes does not depend on the faults before. */
void	policy_start_period(void);

/* The start of the random policy's sequence: not 0. */
extern uint32_t policy_seed;

/*
 * True if frame n may leave memory now: the disk does not use it, and no
 * environment needs it to go on. Set by reserve_init.
 */
extern bool (*policy_allowed)(ppn_t n);

/* True if frame n was used through a mapping whose A bit is set; clears all. */
bool	policy_used(ppn_t n);

/* The limit of frames, or 0 without one; faults between two agings. */
extern uint32_t policy_frames;
uint32_t policy_period(void);

/* Looks of a hand at a page so far. */
extern uint32_t policy_looks;

#endif
