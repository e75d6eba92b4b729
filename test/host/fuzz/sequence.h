#ifndef PAGEWALK_TEST_FUZZ_SEQUENCE_H
#define PAGEWALK_TEST_FUZZ_SEQUENCE_H

/* A sequence: the machine's configuration and boot, then operations. */

#if __STDC_HOSTED__
#include <stddef.h>
#include <stdint.h>
#else
#include <inc/types.h>
#endif

/* A sequence's bytes: a header, then records. Missing bytes count as 0. */
#define SEQUENCE_HEADER		32
#define SEQUENCE_RECORD		12
#define SEQUENCE_RECORDS_MAX	400
#define SEQUENCE_MAX	(SEQUENCE_HEADER + SEQUENCE_RECORDS_MAX \
			 * SEQUENCE_RECORD)

/* Run a sequence. Returns only if everything was as expected. */
void	sequence_run(const uint8_t *bytes, size_t size);

/* Operations and sequences since the process started. */
extern unsigned long sequence_operations, sequences;

/* Points to the number of records that have started, or NULL. */
extern size_t *sequence_begun;

/* Called with a number below 1024 for each outcome, or NULL. */
extern void (*sequence_feature)(unsigned what);

#endif
