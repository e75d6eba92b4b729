#ifndef PAGEWALK_KERN_AUDIT_H
#define PAGEWALK_KERN_AUDIT_H

#include <inc/types.h>

struct Env;

/*
 * As audit() in kern/check.h, but print nothing; put what comes after `skip`
 * findings into buf, if buf is not NULL. Returns how many there are.
 */
int	audit_quietly(int skip, char *buf, size_t size);

/* What must hold of one environment's directory. Prints; returns how many. */
#if CHECK
int	audit_env(const struct Env *e);
#else
static inline int audit_env(const struct Env *e) { (void)e; return 0; }
#endif

/*
 * Is kern_pgdir a directory at all? A foreign one may have been given out as a
 * frame and be full of anything, which would take long to look through.
 */
bool	audit_possible(void);

#endif
