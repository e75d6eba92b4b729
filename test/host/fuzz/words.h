#ifndef PAGEWALK_TEST_HOST_FUZZ_WORDS_H
#define PAGEWALK_TEST_HOST_FUZZ_WORDS_H

/* The kernel's string instructions, without assembly. */

#include <inc/types.h>

/* Fill all or part of one frame, and nothing else (machine.c). */
void	stosl(void *dst, uint32_t value, size_t count);

/* Return the number of words from src on that are `value`. */
static inline size_t
words_alike(const void *src, uint32_t value, size_t count)
{
	const uint32_t *word = src;
	size_t n = 0;

	while (n < count && word[n] == value)
		n++;
	return n;
}

#endif
