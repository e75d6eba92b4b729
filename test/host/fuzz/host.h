#ifndef PAGEWALK_TEST_FUZZ_HOST_H
#define PAGEWALK_TEST_FUZZ_HOST_H

/*
 * The host's C library, for files that are compiled with the kernel's headers,
 * which conflict with the host's.
 */

#if __STDC_HOSTED__
#include <stddef.h>
#include <stdint.h>
#else
#include <inc/types.h>
#endif

/*
 * Report a broken rule of a function, with the expected and the found value,
 * and end this process. Function and rule identify the failure while it is
 * shrunk.
 */
void	fail(const char *function, const char *rule, const char *expected,
	     const char *found, ...)
	__attribute__((noreturn, format(printf, 4, 5)));

/*
 * The buffer in which `fail` or AddressSanitizer names the rule for the
 * parent, or NULL. With `hurried`, print nothing else.
 */
extern char *fail_rule;
extern int hurried;
#define FAIL_RULE_MAX	128

/* Print like printf, but only if `saying` is set. */
void	say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
extern int saying;

/* Run fn(arg). Returns 1 if it called give_up, else 0. */
int	attempt(void (*fn)(void *), void *arg);
void	give_up(void) __attribute__((noreturn));

/* Forbid or allow access to this memory, with AddressSanitizer. */
void	forbid(const void *start, size_t size);
void	allow(const void *start, size_t size);

/*
 * Operations on whole tables and frames, used after each call. Sanitizers must
 * not slow down these functions and those marked UNCHECKED.
 */
#define UNCHECKED	__attribute__((no_sanitize("address", "undefined")))

void	clear(void *start, size_t size);
/* n counts words. */
void	fill(void *start, uint32_t word, size_t n);
/*
 * The index of the first of n words that differs from the other array's,
 * except in the bits of `ignored`; or that is not `word`. n if there is none.
 */
size_t	differ(const void *a, const void *b, size_t n, uint32_t ignored);
size_t	other_than(const void *a, uint32_t word, size_t n);
/* The number of words that are not 0. */
size_t	count_nonzero(const void *a, size_t n);

/* The C library's snprintf. */
int	text(char *buf, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
