#ifndef PAGEWALK_TEST_SOLUTION_H
#define PAGEWALK_TEST_SOLUTION_H

/* What init.c found out about the file under test, for check_solution.c. */

#include <inc/memlayout.h>
#include <kern/check/guard.h>

/* The name under which build.mk compiles it. */
#define FOREIGN_FILE	"kern/pmap.c"

/* How a call of its mem_init went; if something stopped it, what and where. */
struct mem_init_call {
	bool stopped;
	struct guard_report report;
	char ending[240];
	const char *file, *function;
	int line;
	bool in_own_check;	/* in one of those that mem_init calls */
};

/*
 * As it stands in the file; until page_init is done; and to its end, but
 * without the file's own checks.
 */
extern struct mem_init_call mem_init_plain, mem_init_early, mem_init_bare;

/* How far the second of them came. */
extern enum page_init_end {
	PAGE_INIT_NOT_CALLED,
	PAGE_INIT_STOPPED,
	PAGE_INIT_RETURNED,
} page_init_end;

/* One on the free list that had references after the last call, or NULL. */
extern struct PageInfo *counted_free_frame;

/* What it left in its variables, and whether that can be looked at. */
extern size_t npages_found;
extern struct PageInfo *pages_found;
extern pde_t *directory_found;
extern bool pages_readable, directory_readable;

/* What the file under test calls as cprintf (build.mk). */
int	foreign_cprintf(const char *fmt, ...);

/* Where entry.S goes. */
void	i386_init(void) NORETURN;

#endif
