/*
 * The coverage-guided driver. libFuzzer keeps and mutates sequences that reach
 * new code, or a new pair of consecutive outcomes.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sequence.h"

int	LLVMFuzzerInitialize(int *argc, char ***argv);
int	LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
size_t	LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t max,
				unsigned seed);
/* libFuzzer's mutator: changes bytes anywhere. */
size_t	LLVMFuzzerMutate(uint8_t *bytes, size_t size, size_t max);

/* Our own coverage counters: libFuzzer treats them like edges. */
static uint8_t pairs[2048]
	__attribute__((section("__libfuzzer_extra_counters"), used));

static void
feature(unsigned what)
{
	pairs[what % sizeof(pairs)] = 1;
}

static void
count(void)
{
	printf("%lu sequences, %lu operations\n", sequences,
	       sequence_operations);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	atexit(count);
	sequence_feature = feature;
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	sequence_run(bytes, size);
	return 0;
}

/* Mutate whole records: most other changes alter all records that follow. */
static size_t
change_records(uint8_t *bytes, size_t size, size_t max, unsigned seed)
{
	size_t n = (size - SEQUENCE_HEADER) / SEQUENCE_RECORD;
	uint8_t *first = bytes + SEQUENCE_HEADER;
	uint8_t *a = first + seed / 4 % (n ? n : 1) * SEQUENCE_RECORD;
	uint8_t *b = first + seed / 4001 % (n ? n : 1) * SEQUENCE_RECORD;
	uint8_t *stop = first + n * SEQUENCE_RECORD;

	if (n && seed % 4 == 0) {
		memmove(a, a + SEQUENCE_RECORD, stop - a - SEQUENCE_RECORD);
		return stop - bytes - SEQUENCE_RECORD;
	}
	if (n && seed % 4 == 1) {
		LLVMFuzzerMutate(a, SEQUENCE_RECORD, SEQUENCE_RECORD);
		return size;
	}
	if ((size_t)(stop - bytes) + SEQUENCE_RECORD > max)
		return size;
	/* Insert a copy of another record, or a new one. */
	memmove(a + SEQUENCE_RECORD, a, stop - a);
	if (n && seed % 4 == 2) {
		memmove(a, b >= a ? b + SEQUENCE_RECORD : b, SEQUENCE_RECORD);
	} else {
		memset(a, seed >> 8, SEQUENCE_RECORD);
		LLVMFuzzerMutate(a, SEQUENCE_RECORD, SEQUENCE_RECORD);
	}
	return stop - bytes + SEQUENCE_RECORD;
}

size_t
LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t max, unsigned seed)
{
	if (size < SEQUENCE_HEADER && max >= SEQUENCE_HEADER) {
		memset(bytes + size, 0, SEQUENCE_HEADER - size);
		size = SEQUENCE_HEADER;
	}
	if (size < SEQUENCE_HEADER || seed % 5 == 0)
		return LLVMFuzzerMutate(bytes, size, max);
	return change_records(bytes, size, max, seed / 5);
}
