#ifndef PAGEWALK_KERN_CHECK_OWN_USER_H
#define PAGEWALK_KERN_CHECK_OWN_USER_H

#include <inc/env.h>
#include <kern/program.h>

struct PageInfo;

/*
 * For checks: return the program hello, or another if hello was not built; skip
 * the check without any.
 */
const struct program *any_program(void);

/* For checks: create an environment; the check ends if that fails. */
struct Env *make_env(void);

/*
 * For checks: call fn(arg) with e as the current environment, in its address
 * space, as if e had made a system call; then restore both. If fn fails, call
 * clean_up() unless it is NULL, and end the check.
 */
void	on_behalf_of(struct Env *e, void (*fn)(void *), void *arg,
		     void (*clean_up)(void));

/* For checks that run environments: skip if others would run, too. */
void	need_empty_queue(void);

/*
 * For checks: call fn(arg) in the same way. It must end e and run another
 * environment, which make_env has made.
 * => need_empty_queue() before any was made.
 */
void	expect_end(struct Env *e, void (*fn)(void *), void *arg);

/*
 * For checks that end e while CR3 points to its directory: hold the directory,
 * so that a wrong env_free does not free the one in use. Then load kern_pgdir,
 * and free it.
 */
struct PageInfo *directory_hold(struct Env *e);
void	directory_release(struct PageInfo *directory);

#endif
