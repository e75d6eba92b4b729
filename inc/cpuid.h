#ifndef PAGEWALK_INC_CPUID_H
#define PAGEWALK_INC_CPUID_H

/* Processor features, for the kernel and for programs. */

#include <inc/x86.h>

/*
 * True if the processor has CPUID: only then can software flip EFLAGS.ID (SDM 1
 * chapter 20). Restores the flags.
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
 * True if the processor has SYSENTER, by EAX and EDX of CPUID's leaf 1. Early
 * family-6 processors report it but lack it. (SDM 2B, SYSENTER)
 */
static inline bool
cpuid_has_sep(uint32_t signature, uint32_t edx)
{
	uint32_t family = signature >> 8 & 0xF, rest = signature & 0xFF;

	return (edx >> 11 & 1) && !(family == 6 && rest < 0x33);
}

#endif
