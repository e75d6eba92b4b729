#ifndef PAGEWALK_KERN_CHECK_OWN_USER_H
#define PAGEWALK_KERN_CHECK_OWN_USER_H

#include <inc/env.h>

/* For checks: an environment of hello; ends the check if there can be none. */
struct Env *make_env(void);

/*
 * For checks: fn(arg) with e as the current environment, in its address space,
 * as if e had asked for something; then all as before. What ends fn ends the
 * check, after clean_up() unless that is NULL.
 */
void	on_behalf_of(struct Env *e, void (*fn)(void *), void *arg,
		     void (*clean_up)(void));

#endif
