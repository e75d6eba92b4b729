#ifndef PAGEWALK_SOLUTION_INC_FS_H
#define PAGEWALK_SOLUTION_INC_FS_H

/* The file system of a course's later labs. A pmap.c uses nothing of it. */

#include <inc/mmu.h>
#include <inc/types.h>

#endif
