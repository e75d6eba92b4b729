/*
 * The processor's features: found by CPUID, enabled in CR4.
 *
 * An early 486 has neither the instruction nor the register. EFLAGS.ID shows
 * whether they exist, so it is tested before either is used (SDM 1 chapter 20).
 */

#include <inc/cpuid.h>
#include <inc/string.h>
#include <inc/x86.h>
#include <kern/cpuid.h>

struct cpu_features cpu_features;

/* True if there is an x87 unit: FNINIT then clears the status word. */
static bool
has_fpu(void)
{
	lcr0(rcr0() & ~(CR0_EM | CR0_TS));
	fninit();
	return fnstsw(0x5A5A) == 0;
}

/* Ask CPUID. Without an answer, a feature stays false. */
static void
identify(struct cpu_features *f)
{
	uint32_t max, vendor[3], eax, ebx, edx;

	cpuid(0, &max, &vendor[0], &vendor[2], &vendor[1]);
	memcpy(f->vendor, vendor, sizeof(vendor));
	if (max < 1)
		return;

	cpuid(1, &eax, NULL, NULL, &edx);
	f->pse = edx >> 3 & 1;
	f->tsc = edx >> 4 & 1;
	f->pge = edx >> 13 & 1;
	/* The Pentium has a local APIC, but no MSR with its address. */
	f->apic = (edx >> 9 & 1) && (eax >> 8 & 0xF) >= 6;
	f->sep = cpuid_has_sep(eax, edx);
	f->fxsr = edx >> 24 & 1;
	f->sse = edx >> 25 & 1;
	if (max >= 7) {
		cpuid(7, NULL, &ebx, NULL, NULL);
		f->smep = ebx >> 7 & 1;
		f->smap = ebx >> 20 & 1;
	}
}

/* Enable in CR4 what is off after reset. */
static void
enable(const struct cpu_features *f)
{
	uint32_t cr4;

	/* CR4 is sure to exist only with a feature that it enables. */
	if (!f->pse && !f->pge && !f->smep && !f->smap)
		return;
	cr4 = rcr4();
	if (f->pse)
		cr4 |= CR4_PSE;
	if (f->pge)
		cr4 |= CR4_PGE;
	if (f->smep)
		cr4 |= CR4_SMEP;
	if (f->smap)
		cr4 |= CR4_SMAP;
	lcr4(cr4);
}

void
cpuid_init(void)
{
	struct cpu_features *f = &cpu_features;

	f->fpu = has_fpu();
	f->cpuid = has_cpuid();
	if (f->cpuid) {
		identify(f);
		enable(f);
	}
}
