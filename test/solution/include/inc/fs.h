#ifndef PAGEWALK_SOLUTION_INC_FS_H
#define PAGEWALK_SOLUTION_INC_FS_H

/* The file system of a course's later labs: a pmap.c takes nothing from it. */

#include <inc/mmu.h>
#include <inc/types.h>

#endif
