#ifndef PAGEWALK_KERN_FPU_H
#define PAGEWALK_KERN_FPU_H

#include <inc/types.h>

/* An environment's x87 and SSE registers. All zero: it has used none yet. */
struct fpu_state {
	struct PageInfo *frame;		/* where they are saved, or NULL */
};

/* Prepare the x87 unit, and SSE if there is, for users only. */
void	fpu_init(void);

/* Before another environment runs: make the next x87 or SSE instruction trap. */
void	fpu_leave(void);

/*
 * That trap: load s into the registers; from then on they belong to it.
 * Returns false if there is no unit, or no memory to save s later.
 */
bool	fpu_enter(struct fpu_state *s);

/* Free s, whose environment ends. */
void	fpu_forget(struct fpu_state *s);

#endif
