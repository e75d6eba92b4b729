#ifndef PAGEWALK_SOLUTION_KERN_HIDDEN_H
#define PAGEWALK_SOLUTION_KERN_HIDDEN_H

/* Tests of a university, which some mem_init call: none here. */

#include <inc/elf.h>
#include <inc/types.h>

void	hidden_test_cases(void);

#endif
