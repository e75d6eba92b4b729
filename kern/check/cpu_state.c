/*
 * Save and compare the processor's registers around a check: no function under
 * test may change paging, write protection, interrupts or the current
 * directory. A difference is reported and undone.
 */

#include <inc/stdio.h>
#include <inc/string.h>
#include <inc/x86.h>
#include <kern/check/cpu_state.h>
#include <kern/cpuid.h>

/* Checks of x87 registers may change their owner. */
#define CR0_KEPT	(~CR0_TS)

static struct {
	uint32_t cr0, cr3, cr4;
} saved;

/* EFLAGS when the check returned; until then the expected value. */
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
	flags = FL_IF;			/* set by guarded() */
}

void
check_cpu_note_flags(void)
{
	flags = read_eflags();
}

/* Describe in buf a register that has changed. */
static bool
differs(const char *name, uint32_t is, uint32_t was, char *buf, size_t size)
{
	if (is == was)
		return false;
	snprintf(buf, size, "%s is 0x%08x, was 0x%08x", name, is, was);
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
		strlcpy(buf, "EFLAGS.DF is set: string instructions run"
			" downwards", size);
	else if (!(flags & FL_IF))
		strlcpy(buf, "interrupts are off (EFLAGS.IF is clear)", size);
	else
		return false;
	return true;
}
