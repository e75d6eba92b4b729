#ifndef PAGEWALK_KERN_CHECK_EXPECT_H
#define PAGEWALK_KERN_CHECK_EXPECT_H

/* What a check expects, and what it says when that fails. */

#include <kern/check/check.h>
#include <kern/check/guard.h>

/* End the check: print what it expected, and what it found. */
void	check_fail(const char *file, int line, const char *what,
		   const char *fmt, ...)
	__attribute__((noreturn, cold, format(printf, 4, 5)));
void	check_fail_eq(const char *file, int line, const char *a, const char *b,
		      uint32_t is, uint32_t should)
	__attribute__((noreturn, cold));

/* Return the name of an error, such as "-E_INVAL"; NULL if result is none. */
const char *check_error_name(int32_t result);

/* The condition must hold. The rest is printf's, and says what was found. */
#define EXPECT(condition, ...)						\
	EXPECT_THAT(condition, #condition, __VA_ARGS__)

/* The same, with the expectation in words. */
#define EXPECT_THAT(condition, what, ...)				\
	do {								\
		if (unlikely(!(condition)))				\
			check_fail(__FILE__, __LINE__, what, __VA_ARGS__); \
	} while (0)

/* The first number must be the second. */
#define EXPECT_EQ(a, b)							\
	do {								\
		uint32_t a_ = (uint32_t)(a), b_ = (uint32_t)(b);	\
		if (unlikely(a_ != b_))					\
			check_fail_eq(__FILE__, __LINE__, #a, #b, a_, b_); \
	} while (0)

/* fn(arg) must panic; fn(va) must page-fault at va with error code err. */
#define EXPECT_PANIC(fn, arg)						\
	expect_panic(__FILE__, __LINE__, #fn " panics", fn, arg)
#define EXPECT_FAULT(fn, va, err)					\
	expect_fault(__FILE__, __LINE__,				\
		     #fn " at " #va ": page fault, " #err, fn, va, err)
void	expect_panic(const char *file, int line, const char *what,
		     void (*fn)(void *), void *arg);
void	expect_fault(const char *file, int line, const char *what,
		     void (*fn)(void *), uintptr_t va, uint32_t err);

/* True if [a, a + na) and [b, b + nb) overlap. */
static inline bool
overlap(uintptr_t a, size_t na, uintptr_t b, size_t nb)
{
	return a < b + nb && b < a + na;
}

/* Functions for these: a load, a store, a page_free. */
void	do_load(void *va);
void	do_store(void *va);
void	do_free(void *pp);

/* End the check, because it does not apply to this machine or this kernel. */
void	check_skip(const char *why) NORETURN;

/* Print a figure, if a grader reads it. */
void	check_note(const char *fmt, ...)
	__attribute__((format(printf, 1, 2)));

/*
 * Describe in buf what ended a guarded function. Returns false if it returned
 * or called guard_leave.
 */
bool	check_ending_words(const struct guard_report *r, char *buf,
			   size_t size);

/* --- For run.c --------------------------------------------------------- */

/* Note that c begins: failures are its. */
void	expect_begin(const struct check *c);

/* Return the reason that the check gave to check_skip; NULL if it did not. */
const char *expect_skipped(void);

/* Print that the check failed when it had returned. */
void	expect_failed(const char *expected, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Print that a panic, a trap or an endless loop ended the check: words. */
void	expect_ended(const struct guard_report *r, const char *words);

/* The number of endless loops so far. */
extern uint32_t expect_loops;

#endif
