#ifndef PAGEWALK_KERN_TURN_H
#define PAGEWALK_KERN_TURN_H

/* The environment whose pages stay in memory, so that it makes progress. */

#include <inc/env.h>
#include <kern/page.h>

struct turn {
	envid_t id;		/* of the environment; 0: nobody's */
	uint32_t npins;		/* pages that it has brought in */
	uint32_t nheld;		/* turn_hold */
};
extern struct turn turn;

/* Pages that can be held. */
#define TURN_MAX_HELD	3

/*
 * True if the environment whose turn it is has made progress, has ended, or was
 * stopped.
 */
bool	turn_over(void);

/*
 * curenv cannot go on with these registers. Give it the turn, if that is free.
 * Unchanged registers mean that it has not made progress.
 */
void	turn_ask(const struct Trapframe *tf);

/* Frame n is for environment id: if that has the turn, the page stays. */
void	turn_pin(envid_t id, ppn_t n);

/* curenv is to try again. If it has the turn, it keeps it until then. */
void	turn_keep(void);

/*
 * True if another environment than curenv has the turn, and waits for a free
 * frame: pages that are on their way to the disk are for it.
 */
bool	turn_waits_for_frame(void);

/* Nobody has the turn. */
void	turn_end(void);

/*
 * curenv's call needs frame n while it brings in others: it stays until turn.nheld
 * is set to 0.
 */
void	turn_hold(ppn_t n);

/* True if frame n is pinned or held. */
bool	turn_is_kept(ppn_t n);

static inline bool
turn_keeps(ppn_t n)
{
	return turn.npins + turn.nheld && turn_is_kept(n);
}

#endif
