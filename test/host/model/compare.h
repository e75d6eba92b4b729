#ifndef PAGEWALK_TEST_MODEL_COMPARE_H
#define PAGEWALK_TEST_MODEL_COMPARE_H

#include <inc/types.h>

/*
 * Compare the kernel with the model, after a call of that name. `in_user`: a
 * program runs.
 */
void	compare(const char *after, bool in_user);

/* Note which frames are in use before there are environments. */
void	compare_begin(void);

#endif
