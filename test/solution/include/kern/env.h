#ifndef PAGEWALK_SOLUTION_KERN_ENV_H
#define PAGEWALK_SOLUTION_KERN_ENV_H

/* Declarations of kern/env.c, for a course's pmap.c of a later lab. */

#include <inc/env.h>
#include <kern/cpu.h>

/* A course's mem_init sets it. Here no environment runs. */
extern struct Env *envs;

#define curenv	(thiscpu->cpu_env)

/* Panic, because there are no environments. user_mem_assert calls this. */
void	env_destroy(struct Env *e) __attribute__((noreturn));

#endif
