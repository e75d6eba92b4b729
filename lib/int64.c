/*
 * 64-bit integers for user programs: functions that compilers call where the
 * processor has no instruction. The compilers' own libraries have them, too,
 * but often not for this processor: gcc -m32 without its multilib has none, and
 * those of distributions may use instructions that a 486 lacks.
 *
 * Weak: a program may bring its own.
 */

#include <lib/int64.h>
#ifdef __i386__
#include <inc/x86.h>
#endif

#pragma weak __udivdi3
#pragma weak __umoddi3
#pragma weak __divdi3
#pragma weak __moddi3
#pragma weak __udivmoddi4
#pragma weak __divmoddi4
#pragma weak __popcountsi2
#pragma weak __popcountdi2
#pragma weak __ctzdi2
#pragma weak __ffsdi2

/* Return the number of zero bits above x, which is not 0. */
static int
leading_zeroes(uint64_t x)
{
	uint32_t high = x >> 32;

	return high ? __builtin_clz(high) : 32 + __builtin_clz((uint32_t)x);
}

static void NORETURN
divide_error(void)
{
#ifdef __i386__
	divide(1, 0);
#endif
	__builtin_trap();
}

/* Divide as on paper, one binary digit at a time, from the highest. */
static uint64_t
long_division(uint64_t n, uint64_t d, uint64_t *rest)
{
	uint64_t quotient = 0;
	int digit;

	if (d == 0)
		divide_error();
	if (n >= d) {
		digit = leading_zeroes(d) - leading_zeroes(n);
		for (; digit >= 0; digit--) {
			quotient <<= 1;
			if (n >= d << digit) {
				n -= d << digit;
				quotient |= 1;
			}
		}
	}
	*rest = n;
	return quotient;
}

/* Return x or -x; the least number has no negative, and is its own. */
static uint64_t
negate_if(bool negative, uint64_t x)
{
	return negative ? -x : x;
}

static int64_t
signed_division(int64_t n, int64_t d, int64_t *rest)
{
	uint64_t left, quotient;

	quotient = long_division(negate_if(n < 0, n), negate_if(d < 0, d),
				 &left);
	*rest = negate_if(n < 0, left);
	return negate_if((n < 0) != (d < 0), quotient);
}

uint64_t
__udivdi3(uint64_t n, uint64_t d)
{
	uint64_t rest;

	return long_division(n, d, &rest);
}

uint64_t
__umoddi3(uint64_t n, uint64_t d)
{
	uint64_t rest;

	long_division(n, d, &rest);
	return rest;
}

uint64_t
__udivmoddi4(uint64_t n, uint64_t d, uint64_t *rest)
{
	return long_division(n, d, rest);
}

int64_t
__divdi3(int64_t n, int64_t d)
{
	int64_t rest;

	return signed_division(n, d, &rest);
}

int64_t
__moddi3(int64_t n, int64_t d)
{
	int64_t rest;

	signed_division(n, d, &rest);
	return rest;
}

int64_t
__divmoddi4(int64_t n, int64_t d, int64_t *rest)
{
	return signed_division(n, d, rest);
}

int
__popcountsi2(uint32_t x)
{
	int n;

	for (n = 0; x; n++)
		x &= x - 1;		/* clears the lowest bit */
	return n;
}

int
__popcountdi2(uint64_t x)
{
	return __popcountsi2(x >> 32) + __popcountsi2(x);
}

int
__ctzdi2(uint64_t x)
{
	uint32_t low = x;

	return low ? __builtin_ctz(low) : 32 + __builtin_ctz(x >> 32);
}

int
__ffsdi2(uint64_t x)
{
	return x ? __ctzdi2(x) + 1 : 0;
}
