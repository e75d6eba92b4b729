#ifndef PAGEWALK_TEST_SOLUTION_H
#define PAGEWALK_TEST_SOLUTION_H

/* Results of init.c about the file under test, for check_solution.c. */

#include <inc/memlayout.h>
#include <kern/check/guard.h>
#include <kern/check/interface.h>

/* The name by which build.mk compiles the file. */
#define FOREIGN_FILE	"kern/pmap.c"

/* The result of a call of mem_init; if it was stopped, why and where. */
struct mem_init_call {
	bool stopped;
	struct guard_report report;
	char ending[240];
	const char *file, *function;
	int line;
	bool in_own_check;	/* in one of the file's own checks */
};

/*
 * mem_init as it is; until page_init returns; and to its end, without the
 * file's own checks.
 */
extern struct mem_init_call mem_init_plain, mem_init_early, mem_init_bare;

/* The end of the call that stops after page_init. */
extern enum page_init_end {
	PAGE_INIT_NOT_CALLED,
	PAGE_INIT_STOPPED,
	PAGE_INIT_RETURNED,
} page_init_end;

/*
 * Calls of boot_alloc for more memory than there is: a page more, as much as
 * all of memory, and so much that the sum of addresses wraps.
 */
enum { TRY_A_PAGE_MORE, TRY_ALL_OF_MEMORY, TRY_WRAPPING, NTRIES };

extern struct boot_alloc_try {
	bool made;		/* not if addresses would wrap */
	uint32_t size, left;	/* bytes: asked for, and left at that time */
	void *given;
	struct guard_report report;
	char ending[160];	/* empty if it returned */
} boot_alloc_tries[NTRIES];

/*
 * The results of boot_alloc before page_init, in the order of the enum; count:
 * their number. If one call did not return: its ending and place.
 */
extern struct boot_alloc_answers {
	char *got[BOOT_ALLOC_SIZES];
	size_t count;
	char ending[240];
	const char *file;
	int line;
} boot_alloc_answers;

/* A free frame that had references after the last call, or NULL. */
extern struct PageInfo *counted_free_frame;

/* The file's variables after mem_init, and whether they can be read. */
extern size_t npages_found;
extern struct PageInfo *pages_found;
extern pde_t *directory_found;
extern bool pages_readable, directory_readable;

/* True if the file's own tree sets CR4.PSE before mem_init (facts.py). */
extern const bool foreign_entry_pse;

/* The file under test calls this as cprintf (build.mk). */
int	foreign_cprintf(const char *fmt, ...);

/* Overwrite code of the kernel, whose text is read-only. */
void	patch(void *code, const void *bytes, size_t size);

/* Replace the function at `from`: let it jump to `to`. */
#define JUMP	5		/* bytes that this changes */
void	divert(void *from, void *to);

/* The kernel's first C function: entry.S calls it. */
void	i386_init(void) NORETURN;

#endif
