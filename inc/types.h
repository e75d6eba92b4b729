#ifndef PAGEWALK_INC_TYPES_H
#define PAGEWALK_INC_TYPES_H

/*
 * Basic types, shared by the boot sector, the kernel, user programs and the
 * tests that run on the host.
 *
 * Uses no header of the compiler or the host: a bare cross compiler often has
 * none. The widths come from the compiler's macros, so that the same code is
 * right in a 64-bit host test.
 */

typedef _Bool bool;
enum { false, true };

typedef __INT8_TYPE__ int8_t;
typedef __UINT8_TYPE__ uint8_t;
typedef __INT16_TYPE__ int16_t;
typedef __UINT16_TYPE__ uint16_t;
typedef __INT32_TYPE__ int32_t;
typedef __UINT32_TYPE__ uint32_t;
typedef __INT64_TYPE__ int64_t;
typedef __UINT64_TYPE__ uint64_t;

#define UINT16_MAX	0xFFFFU
#define UINT32_MAX	0xFFFFFFFFU
#define INT32_MAX	0x7FFFFFFF

typedef __SIZE_TYPE__ size_t;
typedef __PTRDIFF_TYPE__ ssize_t;
typedef ssize_t off_t;

/*
 * Three kinds of address, never mixed:
 *   a pointer     may be dereferenced in the current address space;
 *   uintptr_t     a virtual address as a number;
 *   physaddr_t    a physical address.
 * Only PADDR, KADDR (kern/kaddr.h), page2pa, pa2page and page2kva (kern/page.h)
 * convert between them.
 */
typedef __UINTPTR_TYPE__ uintptr_t;
typedef __INTPTR_TYPE__ intptr_t;
typedef uint32_t physaddr_t;
typedef uint32_t ppn_t;		/* number of a physical page (frame) */

#define NULL ((void *)0)

#define KIB	1024U
#define MIB	(1024U * KIB)

#define offsetof(type, member)	__builtin_offsetof(type, member)
#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))

/* A macro's value, as a string. */
#define TEXT_OF_(x)		#x
#define TEXT_OF(x)		TEXT_OF_(x)

#define MIN(a, b) __extension__ ({				\
	__typeof__(a) min_a_ = (a);				\
	__typeof__(b) min_b_ = (b);				\
	min_a_ <= min_b_ ? min_a_ : min_b_;			\
})
#define MAX(a, b) __extension__ ({				\
	__typeof__(a) max_a_ = (a);				\
	__typeof__(b) max_b_ = (b);				\
	max_a_ >= max_b_ ? max_a_ : max_b_;			\
})

/*
 * Round an integer or a pointer to a multiple of n, a power of two. The result
 * has a's type; an array becomes a pointer. ROUNDUP wraps to 0 if there is no
 * larger multiple.
 */
#define ROUNDDOWN(a, n) \
	((__typeof__((a) + 0))((uintptr_t)(a) & ~((uintptr_t)(n) - 1)))
#define ROUNDUP(a, n) \
	((__typeof__((a) + 0))(((uintptr_t)(a) + ((uintptr_t)(n) - 1)) \
			 & ~((uintptr_t)(n) - 1)))

/* The usual result of a test: the compiler moves the rare branch away. */
#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)

#define NORETURN	__attribute__((noreturn))
#define NOINLINE	__attribute__((noinline))
#define ALWAYS_INLINE	inline __attribute__((always_inline))

/* Keeps calls and their arguments as written: no inlining, no clones. */
#ifdef __clang__
#define KEEP_FRAME	__attribute__((noinline))
#else
#define KEEP_FRAME	__attribute__((noinline, noipa))
#endif

/*
 * Marks the slow path of a hot function. Tail-call it with the caller's
 * arguments: the hot path then needs no stack frame. The compiler must not find
 * out that one that panics never returns: it would not tail-call it.
 */
#ifdef __clang__
#define SLOW_PATH	__attribute__((noinline, used, optnone))
#else
#define SLOW_PATH	__attribute__((noinline, noipa))
#endif

#define PRINTF_LIKE(fmt, first) __attribute__((format(printf, fmt, first)))

/*
 * Unroll the following loop n times. Two spellings, because clang does not
 * understand gcc's.
 */
#define PRAGMA_(x)	_Pragma(#x)
#ifdef __clang__
#define UNROLL(n)	PRAGMA_(unroll n)
#else
#define UNROLL(n)	PRAGMA_(GCC unroll n)
#endif

#endif
