#ifndef PAGEWALK_SOLUTION_KERN_ENV_H
#define PAGEWALK_SOLUTION_KERN_ENV_H

/* What a course's pmap.c of a later lab takes from kern/env.c. */

#include <inc/env.h>
#include <kern/cpu.h>

/* A course's mem_init sets it; nothing runs in it here. */
extern struct Env *envs;

#define curenv	(thiscpu->cpu_env)

/* For user_mem_assert: does not return, since no environment lives here. */
void	env_destroy(struct Env *e) __attribute__((noreturn));

#endif
