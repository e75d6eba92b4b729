#ifndef PAGEWALK_KERN_CHECK_AUDIT_H
#define PAGEWALK_KERN_CHECK_AUDIT_H

#include <inc/types.h>

struct Env;

/*
 * As audit() in kern/check/check.h, but print nothing: remember how often each rule
 * is broken now, so that nobody is blamed for it.
 */
void	audit_known(void);

/*
 * Is some rule broken more often than audit_known has seen? Then put how into
 * buf.
 */
bool	audit_finds_more(char *buf, size_t size);

/* What must hold of one environment's directory. Prints; returns how many. */
int	audit_env(const struct Env *e);

/*
 * Is kern_pgdir a directory at all? A foreign one may have been given out as a
 * frame and be full of anything, which would take long to look through.
 */
bool	audit_possible(void);

#endif
