#ifndef PAGEWALK_LIB_PGFAULT_H
#define PAGEWALK_LIB_PGFAULT_H

#include <inc/lib.h>

typedef void pgfault_handler(struct UTrapframe *utf);

/*
 * Let fork's handler of copy-on-write faults see each fault first. It passes
 * others on, by pgfault_pass_on, to the handler that the program has set, or
 * sets later.
 */
void	pgfault_put_first(pgfault_handler *cow_handler);
void	pgfault_pass_on(struct UTrapframe *utf);

/*
 * Make sure that this environment has an exception stack, and the library's
 * upcall. Returns an error if there is no memory.
 */
int	pgfault_prepare(void);

#endif
