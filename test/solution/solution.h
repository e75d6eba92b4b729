#ifndef PAGEWALK_TEST_SOLUTION_H
#define PAGEWALK_TEST_SOLUTION_H

#include <kern/guard.h>

/* How a call of the foreign mem_init went. */
struct mem_init_call {
	bool made;
	struct guard_report report;
};

/*
 * The first call, as it stands in the file; and if that did not return, the
 * second, without the file's own checks.
 */
extern struct mem_init_call mem_init_first, mem_init_second;

/* Where entry.S goes. */
void	i386_init(void) NORETURN;

#endif
