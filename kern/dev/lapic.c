/*
 * The local APIC: the processor's own interrupt controller, between it and the
 * 8259As. After reset it holds their line back; in "virtual wire mode" it lets
 * it through, as if it was not there (SDM 3A 11.4, 11.5.1; MultiProcessor
 * Specification 1.4, 3.6.2.2).
 *
 * Its registers are memory that the first page tables do not map: they are
 * mapped for a moment. Not its job: the APIC's own timer, other processors.
 */

#include <inc/memlayout.h>
#include <inc/trap.h>
#include <inc/x86.h>
#include <kern/cpuid.h>
#include <kern/dev/lapic.h>
#include <kern/dev/pic.h>

#define REG_SPURIOUS	0x0F0
#define   VECTOR	0x000000FF	/* of an interrupt that went away */
#define   SOFT_ENABLED	0x00000100
#define REG_LINT0	0x350
#define   LVT_MASKED	0x00010000
#define   LVT_EXTINT	0x00000700	/* the 8259A gives the vector */

static pte_t table[NPTENTRIES] __attribute__((aligned(PGSIZE)));

static void
let_through(uintptr_t apic)
{
	uint32_t spurious = load32(apic + REG_SPURIOUS);

	if ((spurious & SOFT_ENABLED)
	    && !(load32(apic + REG_LINT0) & LVT_MASKED))
		return;
	/* While it is disabled, every entry stays masked. */
	store32(apic + REG_SPURIOUS, (spurious & ~VECTOR) | SOFT_ENABLED
		| (IRQ_OFFSET + IRQ_SPURIOUS));
	store32(apic + REG_LINT0, LVT_EXTINT);
}

void
lapic_init(void)
{
	pde_t *pgdir = (pde_t *)(uintptr_t)(KERNBASE + PTE_ADDR(rcr3()));
	uint64_t base;

	/* CPUID says so only while the APIC is switched on (SDM 3A 11.4.3). */
	if (!cpu_features.apic)
		return;
	base = rdmsr(MSR_APIC_BASE);
	if (base >> 32)
		return;
	table[PTX(UTEXT)] = PTE_ADDR((uint32_t)base)
		| PTE_P | PTE_W | PTE_PCD | PTE_PWT;
	pgdir[PDX(UTEXT)] = ((uintptr_t)table - KERNBASE) | PTE_P | PTE_W;
	let_through(UTEXT);
	pgdir[PDX(UTEXT)] = 0;
	invlpg((void *)UTEXT);
}
