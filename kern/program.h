#ifndef PAGEWALK_KERN_PROGRAM_H
#define PAGEWALK_KERN_PROGRAM_H

#include <inc/env.h>
#include <kern/programs.h>

/* Return the program with that name, or NULL. */
const struct program *program_find(const char *name);

/*
 * Create an environment that runs the program. Returns 0, an error of
 * env_create, -E_NOT_FOUND, or -E_NOT_EXEC for one that was not built; prints
 * what was wrong.
 */
int	program_start(const char *name);

/* Return the name of the program that e runs, or "?". */
const char *program_name(const struct Env *e);

#endif
