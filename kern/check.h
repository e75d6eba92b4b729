#ifndef PAGEWALK_KERN_CHECK_H
#define PAGEWALK_KERN_CHECK_H

/*
 * Checks: what must hold, as executable rules.
 *
 * A check is one small function with a name and a rule, in a group with a
 * classic name. It runs guarded: what it does wrong, a panic or a fault, ends
 * it alone. It leaves as many free frames as it found.
 */

#include <inc/types.h>

struct check {
	const char *group;
	const char *name;
	const char *rule;
	void (*run)(void);
};

/* The checks of one file; each ends with an entry without a name. */
extern const struct check page_checks[], pmap_checks[], map_checks[];

#if CHECK

/*
 * Run all checks of a group and print "GROUP() succeeded!" if all held, else
 * what failed and how many. Returns whether all held.
 */
bool	check_group(const char *group);

/* Run the checks or groups of that name, or all; false if there is none. */
bool	check_run(const char *name);

/*
 * Recompute the invariants F1 to M3 from the tables alone. Prints what is
 * broken; returns how many.
 */
int	audit(void);

#else
static inline bool check_group(const char *group) { (void)group; return true; }
static inline bool check_run(const char *name) { (void)name; return true; }
static inline int audit(void) { return 0; }
#endif

/* For use in a check: end it, with what was expected and what was found. */
void	check_fail(const char *file, int line, const char *what,
		   const char *fmt, ...)
	__attribute__((noreturn, cold, format(printf, 4, 5)));

/* The condition must hold; the rest is printf's, and says what was found. */
#define EXPECT(condition, ...)						\
	do {								\
		if (unlikely(!(condition)))				\
			check_fail(__FILE__, __LINE__, #condition,	\
				   __VA_ARGS__);			\
	} while (0)

/* Two numbers must be equal. */
#define EXPECT_EQ(a, b)							\
	do {								\
		uint32_t a_ = (uint32_t)(a), b_ = (uint32_t)(b);	\
		if (unlikely(a_ != b_))					\
			check_fail(__FILE__, __LINE__, #a " == " #b,	\
				   "0x%x and 0x%x", a_, b_);		\
	} while (0)

/* fn(arg) must panic; fn(va) must page-fault at va with error code err. */
void	expect_panic(const char *file, int line, const char *what,
		     void (*fn)(void *), void *arg);
void	expect_fault(const char *file, int line, const char *what,
		     void (*fn)(void *), uintptr_t va, uint32_t err);
#define EXPECT_PANIC(fn, arg)	expect_panic(__FILE__, __LINE__,	\
				#fn " panics", fn, arg)
#define EXPECT_FAULT(fn, va, err) expect_fault(__FILE__, __LINE__,	\
				#fn " at " #va ": page fault, " #err,	\
				fn, va, err)

/* For checks that need few frames: hide all others for a while. */
struct PageInfo *take_free_list(void);
void	give_free_list(struct PageInfo *list);
uint32_t count_free(void);

#endif
