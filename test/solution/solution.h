#ifndef PAGEWALK_TEST_SOLUTION_H
#define PAGEWALK_TEST_SOLUTION_H

/* What init.c found out about the file under test, for check_solution.c. */

#include <inc/memlayout.h>
#include <kern/guard.h>

/* The name under which build.mk compiles it. */
#define FOREIGN_FILE	"kern/pmap.c"

/* How a call of its mem_init went; if it did not return, why and where. */
struct mem_init_call {
	bool made;
	struct guard_report report;
	char ending[240];
	const char *file, *function;
	int line;
	bool in_own_check;	/* in one of those that mem_init calls */
};

/*
 * The first call, as it stands in the file; and if that did not return, the
 * second, without the file's own checks.
 */
extern struct mem_init_call mem_init_first, mem_init_second;

/* What it left in its variables, and whether that can be looked at. */
extern size_t npages_found;
extern struct PageInfo *pages_found;
extern pde_t *directory_found;
extern bool pages_readable, directory_readable;

/* Where entry.S goes. */
void	i386_init(void) NORETURN;

#endif
