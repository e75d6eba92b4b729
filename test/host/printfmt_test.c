/* lib/printfmt.c on the host, compared with the C library where possible. */

#include <limits.h>
#include "unit.h"

int pw_snprintf(char *buf, size_t size, const char *fmt, ...);

/* Make the same call to both; texts and lengths must agree. */
#define SAME(...)							\
	do {								\
		char ours_[300], theirs_[300];				\
		int a_ = pw_snprintf(ours_, sizeof(ours_), __VA_ARGS__);\
		int b_ = snprintf(theirs_, sizeof(theirs_), __VA_ARGS__);\
		CHECK(a_ == b_ && !strcmp(ours_, theirs_),		\
		      "\"%s\" (%d), wanted \"%s\" (%d)", ours_, a_,	\
		      theirs_, b_);					\
	} while (0)

/* Compare our result with a text. */
#define IS(want, ...)							\
	do {								\
		char ours_[300];					\
		pw_snprintf(ours_, sizeof(ours_), __VA_ARGS__);		\
		CHECK(!strcmp(ours_, want), "\"%s\", wanted \"%s\"",	\
		      ours_, want);					\
	} while (0)

static void
plain_text_and_percent(void)
{
	SAME("text");
	SAME("100%% of it");
	SAME("%s", "");
}

static void
numbers_in_all_bases(void)
{
	static const int values[] = { 0, 1, -1, 9, 10, 255, -256, INT_MAX,
		INT_MIN };
	size_t i;

	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		int v = values[i];

		SAME("%d|%i|%u|%x|%X|%o", v, v, v, v, v, v);
		SAME("%5d|%-5d|%05d|%+d|% d", v, v, v, v, v);
		SAME("%12x|%-12x|%012x|%#x|%#o", v, v, v, v, v);
		SAME("%.3d|%8.3d|%-8.3d|%.0d", v, v, v, v);
		SAME("%hhd|%hhu|%hd|%hu", v, v, v, v);
	}
}

static void
long_long_numbers(void)
{
	int i;

	SAME("%lld %llu", LLONG_MIN, ULLONG_MAX);
	SAME("%llx %llo", ULLONG_MAX, ULLONG_MAX);
	SAME("%ld %lu %lx", LONG_MIN, ULONG_MAX, ULONG_MAX);
	SAME("%zu", (size_t)-1);
	for (i = 0; i < 100000 && test_ok; i++) {
		unsigned long long v = (unsigned long long)random32() << 32
			| random32();

		v >>= random32() % 64;
		SAME("%llu %lld %llx %llo %016llx", v, v, v, v, v);
	}
}

static void
strings_and_characters(void)
{
	SAME("%s|%8s|%-8s|%.2s|%8.2s", "abc", "abc", "abc", "abc", "abc");
	SAME("%.*s|%*d|%-*d", 2, "abcdef", 5, 42, 5, 42);
	SAME("%*d|", -6, 42);
	SAME("%c|%3c|%-3c|", 'x', 'y', 'z');
	IS("(null)", "%s", (char *)NULL);
}

static void
unterminated_strings_with_a_precision(void)
{
	char *text = malloc(3);

	memcpy(text, "abc", 3);
	SAME("%.3s", text);
	free(text);
}

static void
pointers(void)
{
	IS("0x1234", "%p", (void *)0x1234);
	IS("0x0", "%p", (void *)0);
}

static void
error_codes(void)
{
	IS("out of memory", "%e", -4);
	IS("out of memory", "%e", 4);
	IS("invalid parameter", "%e", -3);
	IS("not supported", "%e", -15);
	IS("error -16", "%e", -16);
	IS("error 0", "%e", 0);
	IS("error -2147483648", "%e", INT_MIN);
	IS("   out of memory", "%16e", -4);
}

static void
unknown_conversions_are_printed_as_they_are(void)
{
	IS("%y", "%y");
	IS("%", "%");
	IS("a%5", "a%5");
	IS("%q1", "%q%d", 1);
}

static void
small_buffers_are_not_overrun(void)
{
	size_t size;
	char *buf;
	int n;

	for (size = 0; size < 9; size++) {
		buf = malloc(size ? size : 1);
		n = pw_snprintf(buf, size, "%s-%d", "abc", 42);
		CHECK(n == 6, "%d", n);
		if (size)
			CHECK(!strncmp(buf, "abc-42", size - 1)
			      && strlen(buf) == (size < 7 ? size - 1 : 6),
			      "%s", buf);
		free(buf);
	}
}

int
main(void)
{
	TEST(plain_text_and_percent);
	TEST(numbers_in_all_bases);
	TEST(long_long_numbers);
	TEST(strings_and_characters);
	TEST(unterminated_strings_with_a_precision);
	TEST(pointers);
	TEST(error_codes);
	TEST(unknown_conversions_are_printed_as_they_are);
	TEST(small_buffers_are_not_overrun);
	return summary();
}
