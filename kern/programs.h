#ifndef PAGEWALK_KERN_PROGRAMS_H
#define PAGEWALK_KERN_PROGRAMS_H

/* The table of user programs, which the build makes. */

#include <kern/kdebug.h>

/* A user program, whose ELF file is part of the kernel image. */
struct program {
	const char *name;
	const char *start, *end;
	const struct symtab *symbols;
};

/* True if the program is in the image: it was compiled and linked. */
static inline bool
program_built(const struct program *p)
{
	return p->end > p->start;
}

/* All programs, sorted by name. The last entry has no name. */
extern const struct program programs[];

#endif
