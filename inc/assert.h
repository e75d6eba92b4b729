#ifndef PAGEWALK_INC_ASSERT_H
#define PAGEWALK_INC_ASSERT_H

#include <inc/stdio.h>

/* kern/init.c in the kernel, lib/panic.c in user programs. */
void	_panic(const char *file, int line, const char *fmt, ...)
	NORETURN __attribute__((cold));
void	_warn(const char *file, int line, const char *fmt, ...)
	__attribute__((cold));

#define panic(...)	_panic(__FILE__, __LINE__, __VA_ARGS__)
#define warn(...)	_warn(__FILE__, __LINE__, __VA_ARGS__)

/* Stop the compilation unless x, a constant, is true. The text is optional. */
#define static_assert(x, ...)	_Static_assert(x, "" __VA_ARGS__)

#define assert(x) \
	do { \
		if (unlikely(!(x))) \
			panic("assertion failed: %s", #x); \
	} while (0)

#endif
