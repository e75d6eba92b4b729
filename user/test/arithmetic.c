/*
 * Computes with 64-bit integers and with double, for which the compilers need
 * help: library functions (lib/int64.c) and the x87 unit.
 */

#include <inc/lib.h>

static int wrong;

static void
expect(const char *what, int64_t found, int64_t wanted)
{
	if (found == wanted)
		return;
	cprintf("%s: %lld, not %lld\n", what, found, wanted);
	wrong++;
}

/* volatile: the program divides, and not the compiler. */
static volatile int64_t big = -1000000000000000007, small = 12345678901;
static volatile uint64_t large = 0xFFFFFFFFFFFFFFFF, ten = 10;

static void
integers(void)
{
	expect("quotient", big / small, -81000000);
	expect("remainder", big % small, -9019000007);
	expect("unsigned quotient", large / ten, 0x1999999999999999);
	expect("unsigned remainder", large % ten, 5);
	expect("quotient by 32 bits", large / (uint32_t)big, 12408524864);
	expect("product", big * 9, -9000000000000000063);
	expect("shift", large >> (ten + 30), 0xFFFFFF);
	expect("bits", __builtin_popcountll(large), 64);
	expect("lowest bit", __builtin_ctzll(large << 40), 40);
	expect("first bit", __builtin_ffsll(ten), 2);
}

/* Newton's method, to compare with the instruction. */
static double
square_root(double x)
{
	double guess = x / 2;
	int i;

	for (i = 0; i < 40; i++)
		guess = (guess + x / guess) / 2;
	return guess;
}

static volatile double two = 2, tenth = 0.1;
static volatile float third = 1.0f / 3;

/* Return the double nearest to x as its bits. */
static int64_t
bits(double x)
{
	union { volatile double value; int64_t bits; } u = { x };

	return u.bits;
}

static void
reals(void)
{
	double sum = 0;
	int i;

	for (i = 1; i <= 1000; i++)
		sum += 1.0 / i;
	expect("harmonic sum", sum * 1e9, 7485470860);
	expect("square root", square_root(two) * 1e15, 1414213562373095);
	expect("its instruction", __builtin_sqrt(two) * 1e15,
	       1414213562373095);
	expect("bits of 1/10", bits(tenth), 0x3FB999999999999A);
	expect("bits of -1.5", bits(-two + 0.5), 0xBFF8000000000000);
	expect("from float", third * 3000000, 1000000);
	expect("from int64_t", (double)big / 1e9, -1000000000);
	expect("from uint64_t", (double)large / 1e10, 1844674407);
	expect("to uint64_t", (uint64_t)(two * 5e18), -8446744073709551616ULL);
	expect("to int", (int)(-two * 1.75), -3);
	expect("comparison", tenth < third && !(two <= tenth), true);
}

void
umain(int argc, char **argv)
{
	integers();
	reals();
	/* Another environment uses the unit, too. */
	sys_yield();
	reals();
	cprintf("%d results are wrong\n", wrong);
}
