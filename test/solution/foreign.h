#ifndef PAGEWALK_TEST_FOREIGN_H
#define PAGEWALK_TEST_FOREIGN_H

/*
 * What the file under test sees before its own first line: the instructions
 * with which a mistake would end the machine, and all that could be said about
 * it, are looked at first (init.c).
 */

/* What a course's inc/x86.h does not have, a file may call its own. */
#define count_down		x86_count_down
#define divide			x86_divide
#define load32			x86_load32
#define movsl			x86_movsl
#define store32			x86_store32
#define stosl			x86_stosl
#define test_and_set_bit	x86_test_and_set_bit
#include <inc/x86.h>
#undef count_down
#undef divide
#undef load32
#undef movsl
#undef store32
#undef stosl
#undef test_and_set_bit

/* And what only that has. */
static inline void
tlbflush(void)
{
	lcr3(rcr3());
}

static inline uint32_t
xchg(volatile uint32_t *addr, uint32_t newval)
{
	return __atomic_exchange_n(addr, newval, __ATOMIC_SEQ_CST);
}

void	foreign_lcr0(const char *file, int line, uint32_t val);
void	foreign_lcr3(const char *file, int line, uint32_t val);

#define lcr0(val)	foreign_lcr0(__FILE__, __LINE__, val)
#define lcr3(val)	foreign_lcr3(__FILE__, __LINE__, val)

#endif
