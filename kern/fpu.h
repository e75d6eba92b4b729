#ifndef PAGEWALK_KERN_FPU_H
#define PAGEWALK_KERN_FPU_H

#include <inc/types.h>

/* An environment's x87 and SSE registers. All zero: it has used none yet. */
struct fpu_state {
	struct PageInfo *frame;		/* where they are saved, or NULL */
};

/* Prepare the x87 unit, and SSE if there is, for users only. */
void	fpu_init(void);

/* Make the next x87 or SSE instruction trap: another environment will run. */
void	fpu_leave(void);

/*
 * Handle that trap: load s into the registers, which belong to it from then on.
 * Returns false if there is no unit, or no memory to save s later.
 */
bool	fpu_enter(struct fpu_state *s);

/*
 * Make unused to a copy of from. Returns 0, or -E_NO_MEM with nothing changed.
 */
int	fpu_copy(struct fpu_state *to, const struct fpu_state *from);

/* Free s, whose environment ends. */
void	fpu_forget(struct fpu_state *s);

#endif
