#ifndef PAGEWALK_KERN_REFTRACE_H
#define PAGEWALK_KERN_REFTRACE_H

/*
 * Recording which pages programs use, for tools/paging and the explorer. The
 * trace is printed in its format (doc/paging-tool.md); the explorer reads it.
 *
 * The A bits of all pages are looked at before each page that enters the ring.
 * So the trace knows what was used between two loads, not in which order, nor
 * how often: for a policy that only sees A bits, that is the same.
 */

#include <kern/resident.h>
#include <kern/swapstate.h>

/* REF_END is an environment's, which gives up all its pages. */
enum ref_kind { REF_USE, REF_WRITE, REF_FREE, REF_END };

struct ref_event {
	envid_t env;
	uint32_t page : 20, kind : 2;
};

struct reftrace {
	struct ref_event *events;
	uint32_t count, max;
	uint32_t lost;		/* events that did not fit */
	uint32_t frames;	/* the limit at the start; 0: none */
	bool varied;		/* there was another limit, or it was not kept */
	bool shared;		/* a page had several names */
	/* The counts at the start, and, after it, at the end. */
	struct swap_counts before, after;
};
extern struct reftrace reftrace;

/*
 * Start a trace of at most `size` bytes, in place of the last one. Returns 0, or
 * -E_NO_MEM, and keeps the last trace. A size of 0 ends the recording, and keeps
 * the trace.
 */
int	reftrace_start(size_t size);

/* Before a page enters the ring: record what was used since the last time. */
void	reftrace_look(void);

/* Record a use of the page at `where`, which has entered the ring. */
void	reftrace_use(uint32_t where);

/* Set swap_counts to 0. A recording keeps its counts, and goes on. */
void	reftrace_reset_counts(void);

/* Print the trace. */
void	reftrace_print(void);

#endif
