#ifndef PAGEWALK_SOLUTION_KCLOCK_H
#define PAGEWALK_SOLUTION_KCLOCK_H

/* kern/dev/cmos.h, with the names that course files use. */

#include <kern/dev/cmos.h>

/*
 * cmos_read, but of a machine with no more memory than the window maps: a
 * course's kernel has no use for more, and its text says nothing about it.
 */
unsigned	mc146818_read(unsigned reg);

#endif
