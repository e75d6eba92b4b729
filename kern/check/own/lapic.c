/*
 * Checks of the local APIC: 8259A interrupts reach the processor whatever state
 * firmware has left, and a working set-up is not changed. They set the state by
 * hand, call lapic_init, and restore it. Also checks of the mapping that it uses,
 * and of early_read, which uses the same.
 */

#include <inc/memlayout.h>
#include <inc/string.h>
#include <inc/trap.h>
#include <inc/x86.h>
#include <kern/check/tables.h>
#include <kern/cpuid.h>
#include <kern/dev/lapic.h>
#include <kern/dev/pic.h>
#include <kern/earlymap.h>
#include <kern/pmap.h>
#include <kern/sections.h>

#define SPURIOUS	0x0F0
#define   ENABLED	0x00000100
#define   VECTOR	0x000000FF
#define LINT0		0x350
#define LINT1		0x360
#define   MASKED	0x00010000
#define   EXTINT	0x00000700
#define   LEVEL		0x00008000	/* ignored for EXTINT */

/* The check maps the registers here, beside lapic_init's own place. */
#define APIC		(UTEXT + PTSIZE)

struct lapic_state {
	uint32_t spurious, lint0, lint1;
};

static pte_t apic_table[NPTENTRIES] __attribute__((aligned(PGSIZE)));

static struct lapic_state
read_state(void)
{
	struct lapic_state s = { load32(APIC + SPURIOUS), load32(APIC + LINT0),
				 load32(APIC + LINT1) };

	return s;
}

/* Enable it last: while it is disabled, all entries are masked. */
static void
write_state(struct lapic_state s)
{
	store32(APIC + SPURIOUS, s.spurious | ENABLED);
	store32(APIC + LINT0, s.lint0);
	store32(APIC + LINT1, s.lint1);
	store32(APIC + SPURIOUS, s.spurious);
}

/* Return the state that lapic_init makes from this one. */
static struct lapic_state
state_after(uint32_t spurious_bits, uint32_t lint0)
{
	struct lapic_state saved, s;

	cli();
	apic_table[PTX(APIC)] = PTE_ADDR((uint32_t)rdmsr(MSR_APIC_BASE))
		| PTE_P | PTE_W | PTE_PCD | PTE_PWT;
	kern_pgdir[PDX(APIC)] = PADDR(apic_table) | PTE_P | PTE_W;
	saved = s = read_state();
	s.spurious = (s.spurious & ~ENABLED) | spurious_bits;
	s.lint0 = lint0;
	write_state(s);
	lapic_init(early_map, early_unmap);
	s = read_state();
	write_state(saved);
	kern_pgdir[PDX(APIC)] = 0;
	invlpg((void *)APIC);
	sti();
	s.spurious &= ENABLED | VECTOR;
	return s;
}

static void
need_apic(void)
{
	if (!cpu_features.apic)
		check_skip("this processor has no local APIC that can be"
			   " found");
}

static void
expect_through(uint32_t spurious_bits, uint32_t lint0)
{
	struct lapic_state s;

	need_apic();
	s = state_after(spurious_bits, lint0);
	EXPECT_EQ(s.spurious, ENABLED | (IRQ_OFFSET + IRQ_SPURIOUS));
	EXPECT_EQ(s.lint0, EXTINT);
}

static void
apic_as_after_reset_lets_interrupts_through(void)
{
	expect_through(0, MASKED);
}

static void
disabled_apic_is_enabled(void)
{
	expect_through(0, LEVEL | EXTINT);
}

static void
masked_line_is_unmasked(void)
{
	expect_through(ENABLED, MASKED | LEVEL | EXTINT);
}

static void
apic_that_lets_through_is_left_alone(void)
{
	need_apic();
	EXPECT_EQ(state_after(ENABLED, LEVEL | EXTINT).lint0, LEVEL | EXTINT);
}

static void
apic_that_cpuid_lacks_is_left_alone(void)
{
	struct lapic_state s;

	need_apic();
	cpu_features.apic = false;
	s = state_after(ENABLED, MASKED);
	cpu_features.apic = true;
	EXPECT_EQ(s.lint0, MASKED);
}

static void
apic_is_mapped_for_a_moment_only(void)
{
	need_apic();
	lapic_init(early_map, early_unmap);
	EXPECT_EQ(kern_pgdir[PDX(UTEXT)], 0);
	EXPECT_FAULT(do_load, UTEXT + SPURIOUS, 0);
}

static void
early_map_leaves_a_table_alone(void)
{
	const pde_t in_use = PADDR(apic_table) | PTE_P | PTE_W;
	pde_t after;
	uintptr_t va;

	kern_pgdir[PDX(UTEXT)] = in_use;
	va = early_map(0);
	early_unmap();
	after = kern_pgdir[PDX(UTEXT)];
	kern_pgdir[PDX(UTEXT)] = 0;
	EXPECT_EQ(va, UTEXT + PTSIZE);
	EXPECT_EQ(after, in_use);
}

static void
early_read_crosses_pages(void)
{
	const char *from = (const char *)ROUNDUP(stext, PGSIZE) - 5;
	char copy[PGSIZE + 13];
	size_t size;

	/* The end of a page, its end and the next, and parts of three. */
	for (size = 4; size <= sizeof(copy) - 2; size += size < 6 ? 1 : PGSIZE) {
		memset(copy, 0x5A, sizeof(copy));
		EXPECT_EQ(early_read(PADDR(from), copy + 1, size), true);
		EXPECT_EQ(memcmp(copy + 1, from, size), 0);
		EXPECT_EQ(copy[0], 0x5A);
		EXPECT_EQ(copy[1 + size], 0x5A);
	}
	EXPECT_EQ(kern_pgdir[PDX(UTEXT)], 0);
}

static void
early_read_needs_a_directory_entry(void)
{
	static uint8_t was_empty[NPDENTRIES];
	bool read;
	size_t i;
	char byte;

	for (i = PDX(UTEXT); i < PDX(UTOP); i++) {
		was_empty[i] = !kern_pgdir[i];
		if (was_empty[i])
			kern_pgdir[i] = PTE_W;
	}
	read = early_read(PADDR(stext), &byte, 1);
	for (i = PDX(UTEXT); i < PDX(UTOP); i++)
		if (was_empty[i])
			kern_pgdir[i] = 0;
	EXPECT_EQ(read, false);
}

const struct check own_lapic_checks[] = {
	LONG_OWN(INSTALLED_PGDIR, apic_as_after_reset_lets_interrupts_through,
		 "trap_init",
		 "lapic_init: 8259A interrupts reach the processor"),
	LONG_OWN(INSTALLED_PGDIR, disabled_apic_is_enabled, "trap_init",
		 "lapic_init enables a disabled APIC"),
	LONG_OWN(INSTALLED_PGDIR, masked_line_is_unmasked, "trap_init",
		 "lapic_init unmasks a masked line"),
	LONG_OWN(INSTALLED_PGDIR, apic_that_lets_through_is_left_alone,
		 "trap_init",
		 "lapic_init leaves a working set-up alone"),
	LONG_OWN(INSTALLED_PGDIR, apic_that_cpuid_lacks_is_left_alone,
		 "trap_init",
		 "lapic_init changes nothing if CPUID reports no APIC"),
	LONG_OWN(INSTALLED_PGDIR, apic_is_mapped_for_a_moment_only, "trap_init",
		 "lapic_init removes its mapping, from the TLB, too"),
	LONG_OWN(INSTALLED_PGDIR, early_map_leaves_a_table_alone, "trap_init",
		 "early_map does not change a directory entry in use"),
	LONG_OWN(INSTALLED_PGDIR, early_read_crosses_pages, "trap_init",
		 "early_read copies what lies in several pages"),
	LONG_OWN(INSTALLED_PGDIR, early_read_needs_a_directory_entry,
		 "trap_init",
		 "early_read fails if each directory entry is in use"),
	CHECK_TABLE_END
};
