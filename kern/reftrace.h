#ifndef PAGEWALK_KERN_REFTRACE_H
#define PAGEWALK_KERN_REFTRACE_H

/*
 * Recording which pages programs use, for tools/paging: the trace has its format
 * (doc/paging-tool.md).
 *
 * The A bits of all pages are looked at before each page that enters the ring.
 * So the trace knows what was used between two loads, not in which order, nor
 * how often: for a policy that only sees A bits, that is the same.
 */

#include <kern/resident.h>

/*
 * Start a trace of at most `size` bytes, in place of the last one. Returns 0, or
 * -E_NO_MEM. A size of 0 ends the recording, and keeps the trace.
 */
int	reftrace_start(size_t size);

/* Before a page enters the ring: record what was used since the last time. */
void	reftrace_look(void);

/* Record a use of the page at `where`, which enters the ring. */
void	reftrace_use(uint32_t where);

/* Print the trace. */
void	reftrace_print(void);

#endif
