#ifndef PAGEWALK_LIB_INT64_H
#define PAGEWALK_LIB_INT64_H

/*
 * The functions that gcc and clang call for 64-bit integers on a 32-bit
 * processor. The compilers choose the names and the arguments (GCC internals,
 * "Routines for integer arithmetic"), so programs never name them.
 *
 * A division by zero raises the processor's Divide error. The least number
 * divided by -1 is itself.
 */

#include <inc/types.h>

uint64_t __udivdi3(uint64_t n, uint64_t d);
uint64_t __umoddi3(uint64_t n, uint64_t d);
int64_t	__divdi3(int64_t n, int64_t d);
int64_t	__moddi3(int64_t n, int64_t d);

/* Return the quotient; *rest becomes the remainder, with n's sign. */
uint64_t __udivmoddi4(uint64_t n, uint64_t d, uint64_t *rest);
int64_t	__divmoddi4(int64_t n, int64_t d, int64_t *rest);

/* The number of bits that are set. */
int	__popcountsi2(uint32_t x);
int	__popcountdi2(uint64_t x);

/* The lowest bit that is set: its number (x is not 0), or one more, or 0. */
int	__ctzdi2(uint64_t x);
int	__ffsdi2(uint64_t x);

#endif
