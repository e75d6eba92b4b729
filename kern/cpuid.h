#ifndef PAGEWALK_KERN_CPUID_H
#define PAGEWALK_KERN_CPUID_H

#include <inc/types.h>

/* What the kernel uses if the processor has it, and does without if not. */
struct cpu_features {
	bool cpuid;		/* the instruction, and with it CR4 */
	bool tsc;		/* RDTSC */
	bool pse;		/* 4 MiB pages */
	bool pge;		/* global pages */
	bool apic;		/* a local APIC, placed by an MSR (P6) */
	bool fpu;		/* an x87 unit */
	bool fxsr;		/* FXSAVE, FXRSTOR */
	bool sse;
	bool sep;		/* SYSENTER, SYSEXIT */
	bool smep;		/* no kernel execution of user pages */
	bool smap;		/* no kernel access to user pages */
	char vendor[13];
};

extern struct cpu_features cpu_features;

/*
 * Ask the processor, and switch on in CR4 what was found. 4 MiB pages, SMEP
 * and SMAP take effect at once, global pages when a table first has one.
 */
void	cpuid_init(void);

#endif
