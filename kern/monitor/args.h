#ifndef PAGEWALK_KERN_ARGS_H
#define PAGEWALK_KERN_ARGS_H

/* Read the arguments of commands. If one is wrong, these print why. */

#include <inc/env.h>
#include <inc/types.h>

/* Read a number in C's notation. Returns false if text is not a number. */
bool	arg_number(const char *text, uint32_t *value);

/* The environment whose id is text, in hexadecimal; or NULL. */
struct Env *arg_env(const char *text);

/*
 * The page directory of the environment whose id is text; the current one if
 * text is NULL. Returns NULL if there is no such environment.
 */
const pde_t *arg_directory(const char *text);

#endif
