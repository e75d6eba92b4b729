#ifndef PAGEWALK_USER_TEST_VERIFY_H
#define PAGEWALK_USER_TEST_VERIFY_H

/*
 * Cases of a test program: a line for each, `ok ...` or `FAILED ...`, and a sum.
 * The counts are on a page that fork shares, so children may verify, too.
 */

#include <inc/lib.h>

struct verify_tally {
	volatile uint32_t passed, failed;
};

/* Far from what programs map, and from the scratch pages of the library. */
#define VERIFY_TALLY	((struct verify_tally *)0xD8000000)

#define RW		(PTE_P | PTE_U | PTE_W)
#define RO		(PTE_P | PTE_U)

/* Stop if a call fails that the test only needs, and does not test. */
#define NEED(call) __extension__ ({					\
	int need_r = (call);						\
	if (need_r < 0)							\
		panic("%s: %e", #call, need_r);				\
	need_r;								\
})

/* Verify that condition holds. The format and its arguments name the case. */
#define VERIFY(condition, ...)						\
	verify_case(condition, __LINE__, #condition, __VA_ARGS__)

/* The same, without a line if it holds: for tables of many cases. */
#define VERIFY_QUIET(condition, ...) do {				\
	if (condition)							\
		VERIFY_TALLY->passed++;					\
	else								\
		verify_case(false, __LINE__, #condition, __VA_ARGS__);	\
} while (0)

static inline void
verify_begin(void)
{
	NEED(sys_page_alloc(0, VERIFY_TALLY, RW | PTE_SHARE));
}

static inline bool __attribute__((format(printf, 4, 5)))
verify_case(bool holds, int line, const char *condition, const char *fmt, ...)
{
	char text[100];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (holds) {
		VERIFY_TALLY->passed++;
		cprintf("ok %s\n", text);
	} else {
		VERIFY_TALLY->failed++;
		cprintf("FAILED %s: not (%s), line %d\n", text, condition,
			line);
	}
	return holds;
}

/* Create a child by fork or sfork, which runs body and exits. Returns its id. */
static inline envid_t
verify_child(envid_t (*way)(void), void (*body)(void))
{
	envid_t id = NEED(way());

	if (id)
		return id;
	body();
	exit();
}

/* Print the sum. => All children have ended. */
static inline void
verify_end(void)
{
	cprintf("%s: %u passed, %u failed\n", binaryname, VERIFY_TALLY->passed,
		VERIFY_TALLY->failed);
}

/* The number of free frames. What the last page of `pages` has too much is 0. */
static inline uint32_t
free_frames(void)
{
	uint32_t n, count = 0;

	for (n = 0; uvpt_has_page((uintptr_t)&pages[n]); n++)
		count += pages[n].pp_state == PG_FREE;
	return count;
}

/* The number of the frame at va, and the number of entries that map it. */
static inline uint32_t
frame_at(const void *va)
{
	/* A page on disk comes into memory when it is touched. */
	if (!(uvpt[PGNUM(va)] & PTE_P))
		(void)*(const volatile char *)va;
	return PGNUM(uvpt[PGNUM(va)]);
}

static inline int
sharers(const void *va)
{
	return pages[frame_at(va)].pp_ref;
}

/* The permissions of the page at va, without what the processor sets. */
static inline int
rights_of(const void *va)
{
	return uvpt_has_page((uintptr_t)va) ? uvpt_rights((uintptr_t)va) : 0;
}

#endif
