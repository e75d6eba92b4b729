#ifndef PAGEWALK_USER_INSTRUCTIONS_H
#define PAGEWALK_USER_INSTRUCTIONS_H

/* Instructions that C cannot express and that must fault in user mode. */

#include <inc/types.h>

/* Raise a page fault's vector. */
static inline void
raise_page_fault(void)
{
	__asm__ volatile("int $14" : : : "memory");
}

static inline void
load_ds(uint16_t sel)
{
	__asm__ volatile("movw %0, %%ds" : : "r" (sel) : "memory");
}

/* Make a system call that returns to eip (inc/syscall.h). */
static inline void
sysenter(uint32_t number, uintptr_t esp, uintptr_t eip)
{
	__asm__ volatile("movl %1, %%ebp\n\tsysenter"
			 : : "a" (number), "r" (esp), "S" (eip) : "memory");
	__builtin_unreachable();
}

/* Divide zero by zero in the x87 unit, with invalid operations unmasked. */
static inline void
x87_zero_by_zero(void)
{
	static const uint16_t invalid_unmasked = 0x037E;

	__asm__ volatile("fninit\n\t"
			 "fldcw %0\n\t"
			 "fldz\n\t"
			 "fldz\n\t"
			 "fdivp\n\t"
			 "fwait"
			 : : "m" (invalid_unmasked) : "memory");
}

#endif
