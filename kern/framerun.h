#ifndef PAGEWALK_KERN_FRAMERUN_H
#define PAGEWALK_KERN_FRAMERUN_H

#include <inc/types.h>

/*
 * Allocate frames with consecutive addresses for size bytes, for an array that is
 * never freed. Returns its kernel address, with undefined contents, or NULL if no
 * such frames are free. Searches all frames: for start-up.
 */
void	*framerun_alloc(size_t size);

#endif
