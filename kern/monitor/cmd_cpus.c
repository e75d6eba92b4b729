/* The monitor's command `cpus`: the processors that the firmware lists. */

#include <inc/stdio.h>
#include <inc/x86.h>
#include <kern/cpuid.h>
#include <kern/dev/processors.h>
#include <kern/earlymap.h>
#include <kern/monitor/monitor.h>

/* The identifier of this processor's local APIC (SDM 2A, CPUID). */
static uint8_t
apic_id(void)
{
	uint32_t ebx;

	cpuid(1, NULL, &ebx, NULL, NULL);
	return ebx >> 24;
}

static void
print_list(const struct processor_list *list)
{
	uint32_t n;

	for (n = 0; n < list->count; n++)
		cprintf("CPU %u  APIC %-3u  %s\n", n, list->apic_id[n],
			n == 0 ? "runs the kernel" : "is not started");
	if (list->more)
		cprintf("%u more do not fit the list.\n", list->more);
}

int
mon_cpus(int argc, char **argv, struct Trapframe *tf)
{
	struct processor_list list;

	(void)argc, (void)argv, (void)tf;
	if (!cpu_features.apic) {
		cprintf("This processor's local APIC cannot be found, if it has"
			" one: no other can be started.\n");
		return MON_DONE;
	}
	if (processors_find(early_read, apic_id(), &list))
		cprintf("The firmware lists (%s):\n", list.source);
	else
		cprintf("The firmware has no list of processors.\n");
	print_list(&list);
	return MON_DONE;
}
