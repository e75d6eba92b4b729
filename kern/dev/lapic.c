/*
 * The local APIC: the processor's own interrupt controller, between it and the
 * 8259As. After reset it blocks their line. In "virtual wire mode" it passes
 * their interrupts on unchanged (SDM 3A 11.4, 11.5.1; MultiProcessor
 * Specification 1.4, 3.6.2.2).
 *
 * Not its job: mapping the registers, the APIC's timer, other processors.
 */

#include <inc/mmu.h>
#include <inc/trap.h>
#include <inc/x86.h>
#include <kern/cpuid.h>
#include <kern/dev/lapic.h>
#include <kern/dev/pic.h>

#define REG_SPURIOUS	0x0F0
#define   VECTOR	0x000000FF	/* of a spurious interrupt */
#define   SOFT_ENABLED	0x00000100
#define REG_LINT0	0x350
#define   LVT_MASKED	0x00010000
#define   LVT_EXTINT	0x00000700	/* the 8259A gives the vector */

static void
let_through(uintptr_t apic)
{
	uint32_t spurious = load32(apic + REG_SPURIOUS);

	if ((spurious & SOFT_ENABLED)
	    && !(load32(apic + REG_LINT0) & LVT_MASKED))
		return;
	/* Enable it first: until then, every entry stays masked. */
	store32(apic + REG_SPURIOUS, (spurious & ~VECTOR) | SOFT_ENABLED
		| (IRQ_OFFSET + IRQ_SPURIOUS));
	store32(apic + REG_LINT0, LVT_EXTINT);
}

void
lapic_init(uintptr_t (*map)(physaddr_t pa), void (*unmap)(void))
{
	uintptr_t apic;
	uint64_t base;

	/* CPUID reports an APIC only while it is enabled (SDM 3A 11.4.3). */
	if (!cpu_features.apic)
		return;
	base = rdmsr(MSR_APIC_BASE);
	/* An APIC above 4 GiB cannot be mapped. */
	if (base >> 32)
		return;
	apic = map(PTE_ADDR((uint32_t)base));
	if (!apic)
		return;
	let_through(apic);
	unmap();
}
