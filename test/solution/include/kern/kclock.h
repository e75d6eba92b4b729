#ifndef PAGEWALK_SOLUTION_KCLOCK_H
#define PAGEWALK_SOLUTION_KCLOCK_H

/* kern/dev/cmos.h, with the names that course files use. */

#include <kern/dev/cmos.h>

#define mc146818_read	cmos_read

#endif
