#ifndef PAGEWALK_KERN_EVICT_H
#define PAGEWALK_KERN_EVICT_H

#include <inc/memlayout.h>

/* Take one page out of memory. Returns false if none may or can leave. */
bool	evict_one(void);

/* True if frame n may leave memory now (policy_allowed). */
bool	evict_allowed(ppn_t n);

/* The bits of an entry at `where` that it keeps while its page is elsewhere. */
uint32_t evict_kept_bits(uint32_t where);

#endif
