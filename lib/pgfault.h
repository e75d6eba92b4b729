#ifndef PAGEWALK_LIB_PGFAULT_H
#define PAGEWALK_LIB_PGFAULT_H

#include <inc/lib.h>

/* True if this environment has a page at va. */
static inline bool
is_mapped(uintptr_t va)
{
	return (uvpd[PDX(va)] & PTE_P) && (uvpt[PGNUM(va)] & PTE_P);
}

typedef void pgfault_handler(struct UTrapframe *utf);

/*
 * fork's handler of copy-on-write faults, or NULL. If there is one, the upcall
 * calls it instead of the program's handler, and it passes other faults on.
 */
extern pgfault_handler *pgfault_cow_handler;

/*
 * Pass a fault on to the program's handler. Without one, the kernel ends the
 * environment, as if it had never had an upcall.
 */
void	pgfault_pass_on(struct UTrapframe *utf);

/*
 * Make sure that this environment has an exception stack, and the library's
 * upcall. Returns an error if there is no memory.
 */
int	pgfault_prepare(void);

/* Called by the upcall if no handler is set: panics. */
void	pgfault_unhandled(struct UTrapframe *utf) NORETURN;

#endif
