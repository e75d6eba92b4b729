#ifndef PAGEWALK_INC_ICOUNT_H
#define PAGEWALK_INC_ICOUNT_H

/*
 * Measuring the cost of a statement in instructions, if the time-stamp counter
 * counts instructions (make bench). For the kernel and for programs.
 */

#include <inc/x86.h>

/*
 * Return how many instructions `times` runs of the statement take. The cost of
 * an empty loop is subtracted; the volatile counter makes both loops alike.
 */
#define COUNT_REPEATED(times, statement) __extension__ ({		\
	volatile uint32_t i_;						\
	uint64_t start_, empty_, full_;					\
	start_ = read_tsc();						\
	for (i_ = 0; i_ < (times); i_++)				\
		/* nothing */;						\
	empty_ = read_tsc() - start_;					\
	start_ = read_tsc();						\
	for (i_ = 0; i_ < (times); i_++)				\
		statement;						\
	full_ = read_tsc() - start_;					\
	(uint32_t)(full_ - empty_);					\
})

#endif
