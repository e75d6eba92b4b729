#ifndef PAGEWALK_KERN_FPU_H
#define PAGEWALK_KERN_FPU_H

#include <inc/env.h>

/* Is there an x87 unit? Prepare it, and SSE if there is: for users only. */
void	fpu_init(void);

/* Another environment is about to run: the next x87 or SSE instruction traps. */
void	fpu_leave(void);

/*
 * That trap: give the unit to curenv, with the state that it left there.
 * Returns false if there is no unit, or no memory for the state.
 */
bool	fpu_enter(void);

/* e ends: its state goes. */
void	fpu_forget(struct Env *e);

/* The frame that holds e's state, NULL if it has none. */
struct PageInfo *fpu_frame(const struct Env *e);

#endif
