/* Wrappers of the host's C library, for the rest of the random test. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host.h"

/*
 * AddressSanitizer's functions, if the program has it. (This file is compiled
 * without it, so that the macros in its header would do nothing.)
 */
void	__asan_poison_memory_region(const volatile void *start, size_t size)
	__attribute__((weak));
void	__asan_unpoison_memory_region(const volatile void *start, size_t size)
	__attribute__((weak));

const char	*__asan_get_report_description(void)
	__attribute__((weak));
/*
 * Called by AddressSanitizer after it has found an error, before it reports.
 */
void	__asan_on_error(void);
/* Called by AddressSanitizer for its options. */
const char	*__asan_default_options(void);

char *fail_rule;
int saying, hurried;

void
__asan_on_error(void)
{
	if (fail_rule && __asan_get_report_description)
		snprintf(fail_rule, FAIL_RULE_MAX, "AddressSanitizer: %s",
			 __asan_get_report_description());
	/* The full report takes much longer than a sequence. */
	if (hurried)
		_exit(1);
}

const char *
__asan_default_options(void)
{
	/* A test ends without freeing its memory: that is no leak. */
	return "detect_leaks=0";
}

void
fail(const char *function, const char *rule, const char *expected,
     const char *found, ...)
{
	va_list ap;

	/* End the line that shows the call. */
	say("\n");
	fflush(stdout);
	fprintf(stderr, "FAIL %s: %s\n    expected: %s\n    found:    ",
		function, rule, expected);
	va_start(ap, found);
	vfprintf(stderr, found, ap);
	va_end(ap);
	fprintf(stderr, "\n");
	if (fail_rule)
		snprintf(fail_rule, FAIL_RULE_MAX, "%s: %s", function, rule);
	/* Both the random driver and libFuzzer detect an abort. */
	abort();
}

void
say(const char *fmt, ...)
{
	va_list ap;

	if (!saying)
		return;
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	/* The next call may end the process. */
	fflush(stdout);
}

int
text(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return n;
}

static jmp_buf way_out;

int
attempt(void (*fn)(void *), void *arg)
{
	if (setjmp(way_out))
		return 1;
	fn(arg);
	return 0;
}

void
give_up(void)
{
	longjmp(way_out, 1);
}

void
forbid(const void *start, size_t size)
{
	if (__asan_poison_memory_region)
		__asan_poison_memory_region(start, size);
}

void
allow(const void *start, size_t size)
{
	if (__asan_unpoison_memory_region)
		__asan_unpoison_memory_region(start, size);
}

void
clear(void *start, size_t size)
{
	memset(start, 0, size);
}

void
fill(void *start, uint32_t word, size_t n)
{
	uint32_t *p = start, *stop = p + n;

	while (p < stop)
		*p++ = word;
}

size_t
differ(const void *a, const void *b, size_t n, uint32_t ignored)
{
	const uint32_t *x = a, *y = b;
	uint32_t difference = 0;
	size_t i;

	/* Most calls find no difference: a loop without a break is fast. */
	for (i = 0; i < n; i++)
		difference |= x[i] ^ y[i];
	if (!(difference & ~ignored))
		return n;
	for (i = 0; !((x[i] ^ y[i]) & ~ignored); i++)
		;
	return i;
}

size_t
other_than(const void *a, uint32_t word, size_t n)
{
	const uint32_t *x = a;
	size_t i;

	for (i = 0; i < n && x[i] == word; i++)
		;
	return i;
}

size_t
count_nonzero(const void *a, size_t n)
{
	const uint32_t *x = a;
	uint32_t count = 0;
	size_t i;

	for (i = 0; i < n; i++)
		count += x[i] != 0;
	return count;
}
