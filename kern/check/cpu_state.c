/*
 * The processor around a check: no function that is checked may leave paging,
 * write protection, interrupts or the directory in use other than it found
 * them. What did is told, and put back.
 */

#include <inc/stdio.h>
#include <inc/string.h>
#include <inc/x86.h>
#include <kern/check/cpu_state.h>
#include <kern/cpuid.h>

/* Checks of x87 registers may have them belong to another. */
#define CR0_KEPT	(~CR0_TS)

static struct {
	uint32_t cr0, cr3, cr4;
} saved;

/* EFLAGS when the check had returned, or as they should be. */
static uint32_t flags;

static uint32_t
read_cr4(void)
{
	return cpu_features.cpuid ? rcr4() : 0;
}

void
check_cpu_save(void)
{
	saved.cr0 = rcr0() & CR0_KEPT;
	saved.cr3 = rcr3();
	saved.cr4 = read_cr4();
	flags = FL_IF;			/* as a guard has them */
}

void
check_cpu_note_flags(void)
{
	flags = read_eflags();
}

/* Say so if a register is not what it was. */
static bool
differs(const char *name, uint32_t is, uint32_t was, char *buf, size_t size)
{
	if (is == was)
		return false;
	snprintf(buf, size, "%s is 0x%08x, and was 0x%08x", name, is, was);
	return true;
}

bool
check_cpu_restore(char *buf, size_t size)
{
	uint32_t cr0 = rcr0();
	bool cr0_differs = differs("CR0", cr0 & CR0_KEPT, saved.cr0, buf, size);
	bool cr4_differs = differs("CR4", read_cr4(), saved.cr4, buf, size);
	bool cr3_differs = differs("CR3", rcr3(), saved.cr3, buf, size);

	if (cr0_differs)
		lcr0(saved.cr0 | (cr0 & ~CR0_KEPT));
	if (cr4_differs)
		lcr4(saved.cr4);
	if (cr3_differs)
		lcr3(saved.cr3);
	if (cr0_differs || cr4_differs || cr3_differs)
		return true;
	if (flags & FL_DF)
		strlcpy(buf, "EFLAGS.DF is set: strings run downwards", size);
	else if (!(flags & FL_IF))
		strlcpy(buf, "interrupts are off (EFLAGS.IF is clear)", size);
	else
		return false;
	return true;
}
