#ifndef PAGEWALK_KERN_CPUID_H
#define PAGEWALK_KERN_CPUID_H

#include <inc/types.h>

/* Optional processor features: the kernel works without any of them. */
struct cpu_features {
	bool cpuid;		/* the instruction, and with it CR4 */
	bool tsc;		/* RDTSC */
	bool pse;		/* 4 MiB pages */
	bool pge;		/* global pages */
	bool apic;		/* a local APIC, its address in an MSR (P6) */
	bool fpu;		/* an x87 unit */
	bool fxsr;		/* FXSAVE, FXRSTOR */
	bool sse;		/* SSE registers and instructions */
	bool sep;		/* SYSENTER, SYSEXIT */
	bool smep;		/* no kernel execution of user pages */
	bool smap;		/* no kernel access to user pages */
	char vendor[13];
};

extern struct cpu_features cpu_features;

/*
 * Set cpu_features, and enable in CR4 those that need it. 4 MiB pages, SMEP and
 * SMAP take effect at once; global pages, when an entry first has PTE_G.
 */
void	cpuid_init(void);

#endif
