#ifndef PAGEWALK_TEST_FUZZ_SEQUENCE_H
#define PAGEWALK_TEST_FUZZ_SEQUENCE_H

/* A sequence: how the machine is set up and booted, then operations. */

#if __STDC_HOSTED__
#include <stddef.h>
#include <stdint.h>
#else
#include <inc/types.h>
#endif

/* Its bytes: a header, then records. Missing ones are 0, a rest is ignored. */
#define SEQUENCE_HEADER		32
#define SEQUENCE_RECORD		12
#define SEQUENCE_RECORDS_MAX	400
#define SEQUENCE_MAX	(SEQUENCE_HEADER + SEQUENCE_RECORDS_MAX \
			 * SEQUENCE_RECORD)

/* Run it. Returns only if all was as it should be. */
void	sequence_run(const uint8_t *bytes, size_t size);

/* Operations carried out, sequences, since the process began. */
extern unsigned long sequence_operations, sequences;

/* How many of its records have begun is kept up to date here, if not NULL. */
extern size_t *sequence_begun;

/* Called with a number below 1024 for what an operation did, or NULL. */
extern void (*sequence_feature)(unsigned what);

#endif
