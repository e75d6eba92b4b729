#ifndef PAGEWALK_TEST_FUZZ_HOST_H
#define PAGEWALK_TEST_FUZZ_HOST_H

/*
 * What the rest takes from the host's C library. The rest is compiled against
 * the kernel's headers, which do not go together with the host's.
 */

#if __STDC_HOSTED__
#include <stddef.h>
#include <stdint.h>
#else
#include <inc/types.h>
#endif

/*
 * A rule of a function is broken: print it, with what was expected and found,
 * and end this process. Function and rule tell failures apart when they are
 * shrunk.
 */
void	fail(const char *function, const char *rule, const char *expected,
	     const char *found, ...)
	__attribute__((noreturn, format(printf, 4, 5)));

/*
 * Where `fail`, or AddressSanitizer, leaves that for a parent; NULL: nowhere.
 * `hurried`: only this is wanted of a report.
 */
extern char *fail_rule;
extern int hurried;
#define FAIL_RULE_MAX	128

/* Print, as printf does; silent unless switched on. */
void	say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
extern int saying;

/* Run fn(arg). Returns 0, or 1 if it called give_up on its way. */
int	attempt(void (*fn)(void *), void *arg);
void	give_up(void) __attribute__((noreturn));

/* AddressSanitizer: this memory may (not) be touched. */
void	forbid(const void *start, size_t size);
void	allow(const void *start, size_t size);

/*
 * What is done to whole tables and frames after each call is not slowed by
 * sanitizers: these, and what is marked UNCHECKED.
 */
#define UNCHECKED	__attribute__((no_sanitize("address", "undefined")))

void	clear(void *start, size_t size);
/* n words */
void	fill(void *start, uint32_t word, size_t n);
/*
 * The first of n words that differs from the other array's in more than the
 * bits of `ignored`; the first that is not `word`. n if there is none.
 */
size_t	differ(const void *a, const void *b, size_t n, uint32_t ignored);
size_t	other_than(const void *a, uint32_t word, size_t n);

/* Text into buf: the C library's snprintf. */
int	text(char *buf, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
