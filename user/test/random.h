#ifndef PAGEWALK_USER_TEST_RANDOM_H
#define PAGEWALK_USER_TEST_RANDOM_H

#include <inc/types.h>

/* The seed, which is not 0; then the last number. */
static uint32_t random_state;

/* Marsaglia's xorshift: every value except 0, in pseudo-random order. */
static uint32_t
random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 17;
	random_state ^= random_state << 5;
	return random_state;
}

#endif
