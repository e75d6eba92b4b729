#ifndef PAGEWALK_TEST_FLUSHES_H
#define PAGEWALK_TEST_FLUSHES_H

#include <inc/types.h>

/* Note an invlpg of this address, or a flush of all pages. */
void	flush_of_page(uintptr_t va);
void	flush_of_all(void);

#endif
