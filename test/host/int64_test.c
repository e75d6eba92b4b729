/* lib/int64.c on the host, compared with the host's own 64-bit arithmetic. */

#include "unit.h"

uint64_t __udivdi3(uint64_t n, uint64_t d);
uint64_t __umoddi3(uint64_t n, uint64_t d);
int64_t __divdi3(int64_t n, int64_t d);
int64_t __moddi3(int64_t n, int64_t d);
uint64_t __udivmoddi4(uint64_t n, uint64_t d, uint64_t *rest);
int64_t __divmoddi4(int64_t n, int64_t d, int64_t *rest);
int __popcountsi2(uint32_t x);
int __popcountdi2(uint64_t x);
int __ctzdi2(uint64_t x);
int __ffsdi2(uint64_t x);

/* Numbers at the edges of 32 and 64 bits. */
static const uint64_t edges[] = {
	0, 1, 2, 3, 9, 10, 0x7FFFFFFF, 0x80000000, 0x80000001, 0xFFFFFFFE,
	0xFFFFFFFF, 0x100000000, 0x100000001, 0x1FFFFFFFF,
	0x7FFFFFFFFFFFFFFE, 0x7FFFFFFFFFFFFFFF, 0x8000000000000000,
	0x8000000000000001, 0xFFFFFFFF00000000, 0xFFFFFFFFFFFFFFFE,
	0xFFFFFFFFFFFFFFFF,
};
#define NEDGES	(sizeof(edges) / sizeof(edges[0]))

static uint64_t
random64(void)
{
	uint64_t x = (uint64_t)random32() << 32 | random32();

	/* Numbers of all lengths. */
	return x >> random32() % 64;
}

static void
expect_division(uint64_t n, uint64_t d)
{
	uint64_t rest = ~(n % d);

	CHECK(__udivdi3(n, d) == n / d && __umoddi3(n, d) == n % d,
	      "%llx / %llx", (unsigned long long)n, (unsigned long long)d);
	CHECK(__udivmoddi4(n, d, &rest) == n / d && rest == n % d,
	      "%llx / %llx", (unsigned long long)n, (unsigned long long)d);
}

static void
expect_signed_division(int64_t n, int64_t d)
{
	int64_t rest = ~(n % d);

	CHECK(__divdi3(n, d) == n / d && __moddi3(n, d) == n % d,
	      "%lld / %lld", (long long)n, (long long)d);
	CHECK(__divmoddi4(n, d, &rest) == n / d && rest == n % d,
	      "%lld / %lld", (long long)n, (long long)d);
}

static void
expect_both(uint64_t n, uint64_t d)
{
	if (d == 0)
		return;
	expect_division(n, d);
	/* The host's processor cannot do this one. */
	if ((int64_t)n != INT64_MIN || (int64_t)d != -1)
		expect_signed_division(n, d);
}

static void
division_is_right_at_the_edges(void)
{
	size_t i, j;

	for (i = 0; i < NEDGES; i++)
		for (j = 0; j < NEDGES; j++)
			expect_both(edges[i], edges[j]);
}

static void
division_is_right_for_random_numbers(void)
{
	int i;

	for (i = 0; i < 200000; i++)
		expect_both(random64(), random64());
}

static void
least_number_by_minus_one_wraps(void)
{
	CHECK(__divdi3(INT64_MIN, -1) == INT64_MIN, "%lld",
	      (long long)__divdi3(INT64_MIN, -1));
	CHECK(__moddi3(INT64_MIN, -1) == 0, "%lld",
	      (long long)__moddi3(INT64_MIN, -1));
}

static void
bits_are_counted(void)
{
	uint64_t x;
	int i, j;

	for (i = 0; i < 64; i++)
		for (j = 0; j <= i; j++) {
			x = (uint64_t)1 << i | (uint64_t)1 << j;
			CHECK(__ctzdi2(x) == j && __ffsdi2(x) == j + 1,
			      "%llx", (unsigned long long)x);
			CHECK(__popcountdi2(x) == 1 + (i != j), "%llx",
			      (unsigned long long)x);
		}
	CHECK(__ffsdi2(0) == 0 && __popcountdi2(0) == 0, "-");
	CHECK(__popcountdi2(~(uint64_t)0) == 64, "-");
	CHECK(__popcountsi2(0) == 0 && __popcountsi2(~0U) == 32, "-");
}

int
main(void)
{
	TEST(division_is_right_at_the_edges);
	TEST(division_is_right_for_random_numbers);
	TEST(least_number_by_minus_one_wraps);
	TEST(bits_are_counted);
	return summary();
}
