#ifndef PAGEWALK_SOLUTION_KCLOCK_H
#define PAGEWALK_SOLUTION_KCLOCK_H

/* The name by which course files know the CMOS memory's header. */

#include <kern/dev/cmos.h>

#endif
