/*
 * Division of 64-bit numbers. For these, 32-bit compilers call a library, which
 * a course links with its kernel. Not every host has that library for 32 bits.
 * (Names and meanings: GCC internals, "Routines for integer arithmetic".)
 */

#include <inc/types.h>
#include <inc/x86.h>

uint64_t __udivdi3(uint64_t a, uint64_t b);
uint64_t __umoddi3(uint64_t a, uint64_t b);
uint64_t __udivmoddi4(uint64_t a, uint64_t b, uint64_t *rest);
int64_t	__divdi3(int64_t a, int64_t b);
int64_t	__moddi3(int64_t a, int64_t b);

/* Divide bit by bit, from the highest down. */
uint64_t
__udivmoddi4(uint64_t a, uint64_t b, uint64_t *rest)
{
	uint64_t quotient = 0, left = 0;
	int i;

	if (b == 0)
		divide(1, 0);		/* raise a divide error */
	for (i = 63; i >= 0; i--) {
		left = left << 1 | (a >> i & 1);
		if (left < b)
			continue;
		left -= b;
		quotient |= 1ULL << i;
	}
	if (rest)
		*rest = left;
	return quotient;
}

uint64_t
__udivdi3(uint64_t a, uint64_t b)
{
	return __udivmoddi4(a, b, NULL);
}

uint64_t
__umoddi3(uint64_t a, uint64_t b)
{
	uint64_t rest;

	__udivmoddi4(a, b, &rest);
	return rest;
}

/* Return |a|, also for INT64_MIN, whose absolute value needs 64 bits. */
static uint64_t
absolute(int64_t a)
{
	return a < 0 ? -(uint64_t)a : (uint64_t)a;
}

int64_t
__divdi3(int64_t a, int64_t b)
{
	uint64_t quotient = __udivdi3(absolute(a), absolute(b));

	return (a < 0) != (b < 0) ? -quotient : quotient;
}

int64_t
__moddi3(int64_t a, int64_t b)
{
	uint64_t rest = __umoddi3(absolute(a), absolute(b));

	return a < 0 ? -rest : rest;
}
