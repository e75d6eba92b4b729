#ifndef PAGEWALK_INC_ICOUNT_H
#define PAGEWALK_INC_ICOUNT_H

/*
 * Counting what a statement costs, in instructions, where the time-stamp
 * counter counts them (make bench): for the kernel's benchmark and the users'.
 */

#include <inc/x86.h>

/*
 * The instructions of so many runs of the statement, less the loop around it.
 * The loop counter is in memory and the compiler barred from seeing through:
 * both loops are then the same but for the statement.
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
