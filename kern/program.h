#ifndef PAGEWALK_KERN_PROGRAM_H
#define PAGEWALK_KERN_PROGRAM_H

#include <inc/env.h>
#include <kern/kdebug.h>

/* A user program's ELF file, as part of the kernel image. */
struct program {
	const char *name;
	const char *start, *end;
	const struct symtab *symbols;
};

/* All of them, by name; ends with an entry without a name. */
extern const struct program programs[];

/* The one with that name, or NULL. */
const struct program *program_find(const char *name);

/*
 * Make an environment of it. Returns 0, or what env_create returns, or
 * -E_NOT_FOUND; says what was wrong.
 */
int	program_start(const char *name);

/* The name of the program that e runs; "?" if it is not known. */
const char *program_name(const struct Env *e);

#endif
