#ifndef PAGEWALK_TEST_MODEL_CALLS_H
#define PAGEWALK_TEST_MODEL_CALLS_H

/* What happens: system calls, accesses, ticks, the monitor's user. */

#include <inc/types.h>

/* The bytes of a record: what, and its arguments. */
#define RECORD	12

/*
 * Do what a record says, to the model and to the kernel, and compare them.
 * Returns a number below 1024 for the outcome.
 */
unsigned call(const uint8_t b[RECORD]);

/* Start the first program. */
void	call_begin(void);

/* End all programs: with paging, nothing of them is left. */
void	call_end(void);

#endif
