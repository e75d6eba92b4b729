#ifndef PAGEWALK_INC_CPUID_H
#define PAGEWALK_INC_CPUID_H

/* Asking the processor what it has, for the kernel and for programs. */

#include <inc/x86.h>

/*
 * Is there CPUID? Only then can software flip EFLAGS.ID. (SDM 1 chapter 20)
 * Changes no flag for good.
 */
static inline bool
has_cpuid(void)
{
	uint32_t before = read_eflags(), after;

	write_eflags(before ^ FL_ID);
	after = read_eflags();
	write_eflags(before);
	return ((before ^ after) & FL_ID) != 0;
}

/*
 * Is there SYSENTER, by EAX and EDX of CPUID's leaf 1? The first of family 6
 * say so and do not have it. (SDM 2B, SYSENTER)
 */
static inline bool
cpuid_has_sep(uint32_t signature, uint32_t edx)
{
	uint32_t family = signature >> 8 & 0xF, rest = signature & 0xFF;

	return (edx >> 11 & 1) && !(family == 6 && rest < 0x33);
}

#endif
