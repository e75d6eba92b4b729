#ifndef PAGEWALK_KERN_CHECK_AUDIT_H
#define PAGEWALK_KERN_CHECK_AUDIT_H

#include <inc/types.h>

struct Env;

/*
 * Like audit(), but print nothing: remember how often each rule is broken now,
 * so that no check is blamed for it.
 */
void	audit_known(void);

/*
 * True if some rule is broken more often than at audit_known; buf gets a
 * description of one case.
 */
bool	audit_finds_more(char *buf, size_t size);

/*
 * Check the invariants of one environment's directory. Prints violations;
 * returns their number.
 */
int	audit_env(const struct Env *e);

/*
 * True if kern_pgdir looks like a directory. A foreign one may have been
 * allocated as a frame and be full of junk, which would take long to audit.
 */
bool	audit_possible(void);

#endif
