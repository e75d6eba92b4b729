#ifndef PAGEWALK_TEST_FOREIGN_H
#define PAGEWALK_TEST_FOREIGN_H

/*
 * What the file under test sees before its own first line: the instructions
 * with which a mistake would end the machine, and all that could be said about
 * it, are looked at first (init.c).
 */

#include <inc/x86.h>

/* A course's inc/x86.h has this one too. */
static inline void
tlbflush(void)
{
	lcr3(rcr3());
}

void	foreign_lcr0(const char *file, int line, uint32_t val);
void	foreign_lcr3(const char *file, int line, uint32_t val);

#define lcr0(val)	foreign_lcr0(__FILE__, __LINE__, val)
#define lcr3(val)	foreign_lcr3(__FILE__, __LINE__, val)

#endif
