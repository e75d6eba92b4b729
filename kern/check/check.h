#ifndef PAGEWALK_KERN_CHECK_H
#define PAGEWALK_KERN_CHECK_H

/*
 * Checks: what must hold, as executable rules.
 *
 * A check is one small function with a name and a rule, in a group with a
 * classic name, about one subject: the function that breaks the rule if it is
 * broken. It runs guarded: what it does wrong, a panic, a fault or an endless
 * loop, ends it alone; what it leaves behind is put back before the next.
 *
 * Most checks know the public interface only (kern/pmap.h and the names below),
 * so that they judge any kernel of this kind: `make grade-solution` compiles
 * them with FOREIGN=1 around somebody else's pmap.c.
 */

#include <kern/check/free_list.h>
#include <kern/check/guard.h>
#include <kern/check/state.h>
#include <kern/pmap.h>

#ifndef FOREIGN
#define FOREIGN 0
#endif

/* The groups, in the order in which they run: lower layers first. */
enum check_group {
	GROUP_TRAPS,
	GROUP_PAGE_FREE_LIST,
	GROUP_PAGE_ALLOC,
	GROUP_PAGE,
	GROUP_MEM_INIT,		/* foreign kernels only */
	GROUP_KERN_PGDIR,
	GROUP_INSTALLED_PGDIR,
	GROUP_OUT_OF_MEMORY,
	GROUP_BOOT_ALLOC,	/* foreign kernels only */
	GROUP_OWN_CHECKS,	/* foreign kernels only */
	GROUP_PAGING,
	GROUP_ENV,
	NGROUPS
};

/* How much a rule binds. */
enum check_kind {
	CHECK_RULE,		/* the interface says so, for everybody */
	CHECK_ADVICE,		/* the interface leaves it open: "may panic" */
	CHECK_OWN,		/* what this kernel promises beyond it */
};

/* Runs only when asked for, or when the kernel is being graded. */
#define CHECK_LONG	1

struct check {
	const char *name;
	const char *subject;
	const char *rule;
	void (*run)(void);
	uint8_t group;
	uint8_t kind;
	uint8_t flags;
};

/*
 * Before memory management starts: open the doors of kern/hooks.h. If this
 * kernel is being graded, list the checks that there are.
 */
void	check_init(void);

/*
 * Run all checks of a group and print "GROUP() succeeded!" if all held, else
 * what failed and how many. Returns whether all held.
 */
bool	check_group(enum check_group group);

/* If this kernel is being graded: run the groups that have not run yet. */
void	check_graded_rest(void);

/*
 * Run the checks, groups or subjects of that name, the long ones too, or all
 * there are. Returns false if nothing is called so.
 */
bool	check_run(const char *name);

/*
 * Recompute the invariants F1 to M3 from the tables alone. Prints what is
 * broken; returns how many.
 */
int	audit(void);

/* --- For use in checks ------------------------------------------------- */

/* End the check, with what was expected and what was found. */
void	check_fail(const char *file, int line, const char *what,
		   const char *fmt, ...)
	__attribute__((noreturn, cold, format(printf, 4, 5)));

/* End the check: on this machine there is nothing to see, and why. */
void	check_skip(const char *why) NORETURN;

/* Tell a grader a figure, if there is one. */
void	check_note(const char *fmt, ...)
	__attribute__((format(printf, 1, 2)));

/*
 * What ended a guarded function, in words, into buf; false if it returned or
 * left by itself.
 */
bool	check_ending_words(const struct guard_report *r, char *buf,
			   size_t size);

#if FOREIGN
struct Eipdebuginfo;
/*
 * The place in the file under test that led to what r tells, rather than in a
 * header or the library: into *place, which is left alone if there is none.
 */
void	foreign_place(const struct guard_report *r, struct Eipdebuginfo *place);

/* A function's name as the file has it. */
const char *foreign_name(const char *function);

/* Is there what this check looks at? */
struct check;
bool	foreign_can_run(const struct check *c);

/* What boot_alloc(0) says after page_init; 0 if it cannot be asked. */
uintptr_t foreign_boot_end(void);

/* Keep the file's variables, and have them as they were, but page_free_list. */
void	foreign_remember(int place);
void	foreign_recall(int place);
enum { FOREIGN_CHECK, FOREIGN_LIST };	/* places: from when it began; its list */

/* There, if the file knows struct PageInfo as struct Page (until 2013). */
extern const bool foreign_struct_page __attribute__((weak));

/* Was the free list empty when mem_init had returned? */
extern bool foreign_frames_used_up;

/* Did the file make pages and kern_pgdir? If not, init.c has stand-ins there. */
bool	foreign_made_tables(void);
#endif

/* How many checks of rules have failed since check_init. */
uint32_t check_failures(void);

/* The condition must hold; the rest is printf's, and says what was found. */
#define EXPECT(condition, ...)						\
	do {								\
		if (unlikely(!(condition)))				\
			check_fail(__FILE__, __LINE__, #condition,	\
				   __VA_ARGS__);			\
	} while (0)

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
void	check_fail_eq(const char *file, int line, const char *a, const char *b,
		      uint32_t is, uint32_t should)
	__attribute__((noreturn, cold));

/* fn(arg) must panic; fn(va) must page-fault at va with error code err. */
void	expect_panic(const char *file, int line, const char *what,
		     void (*fn)(void *), void *arg);
void	expect_fault(const char *file, int line, const char *what,
		     void (*fn)(void *), uintptr_t va, uint32_t err);
/* What they are called with most: a load, a store, a page_free, of arg. */
void	do_load(void *va);
void	do_store(void *va);
void	do_free(void *pp);
#define EXPECT_PANIC(fn, arg)	expect_panic(__FILE__, __LINE__,	\
				#fn " panics", fn, arg)
#define EXPECT_FAULT(fn, va, err) expect_fault(__FILE__, __LINE__,	\
				#fn " at " #va ": page fault, " #err,	\
				fn, va, err)

/* A frame from page_alloc(0); the check ends if there is none. */
struct PageInfo *check_frame(void);

/* As that, and declared by check_held. */
struct PageInfo *check_take(void);

/* Counts the runs of checks: what one of them computed serves all of it. */
extern uint32_t check_epoch;

/* EFLAGS of whoever asked for that run; in a check interrupts are on. */
extern uint32_t check_outer_flags;

/* --- The public interface that kern/pmap.h does not tell ---------------- */

/* A foreign pmap.c has these as static, and perhaps not all of them. */
#if FOREIGN
#define MAYBE	__attribute__((weak))
#define MISSING(symbol)	(!&(symbol))
#else
#define MAYBE
#define MISSING(symbol)	false
#endif
extern struct PageInfo *page_free_list MAYBE;
extern size_t npages_basemem MAYBE;
void	*boot_alloc(uint32_t n) MAYBE;
void	boot_map_region(pde_t *pgdir, uintptr_t va, size_t size,
			physaddr_t pa, int perm) MAYBE;

#endif
