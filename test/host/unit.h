#ifndef PAGEWALK_TEST_UNIT_H
#define PAGEWALK_TEST_UNIT_H

/*
 * A test is a function; TEST(name) runs it and prints "ok" or "not ok". A
 * failed CHECK prints its place and continues, so that a test reports every
 * failure.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int passed, failed;
static bool test_ok;

#define CHECK(condition, ...)						\
	do {								\
		if (!(condition)) {					\
			test_ok = false;				\
			printf("# %s:%d: %s\n#   found: ", __FILE__,	\
			       __LINE__, #condition);			\
			printf(__VA_ARGS__);				\
			printf("\n");					\
		}							\
	} while (0)

#define TEST(name)							\
	do {								\
		test_ok = true;						\
		name();							\
		test_ok ? passed++ : failed++;				\
		printf("%s - %s\n", test_ok ? "ok" : "not ok", #name);	\
	} while (0)

/* Print the closing line. Returns main's result. */
static int
summary(void)
{
	printf("%d passed, %d failed\n", passed, failed);
	return failed != 0;
}

/* Pseudo-random numbers, the same in every run (linear congruential). */
static inline uint32_t
random32(void)
{
	static uint64_t state = 20261121;

	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return state >> 32;
}

#endif
