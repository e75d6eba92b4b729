/*
 * A list of processors: the boot processor first, each one once.
 *
 * Not its job: finding them (acpi.c, mptable.c), starting them.
 */

#include <kern/dev/proclist.h>

/* Record that this processor has been met. Returns true if it had been. */
static bool
test_and_set_seen(struct processor_list *list, uint32_t apic_id)
{
	uint8_t *byte = &list->seen[apic_id / 8], bit = 1 << apic_id % 8;
	bool seen = *byte & bit;

	*byte |= bit;
	return seen;
}

void
processor_list_init(struct processor_list *list, uint8_t boot_apic_id)
{
	*list = (struct processor_list) {
		.count = 1, .apic_id = { boot_apic_id }
	};
	test_and_set_seen(list, boot_apic_id);
}

void
processor_list_add(struct processor_list *list, uint32_t apic_id)
{
	if (apic_id < APIC_IDS_SEEN && test_and_set_seen(list, apic_id))
		return;
	if (apic_id < APIC_IDS && list->count < NPROCESSORS)
		list->apic_id[list->count++] = apic_id;
	else
		list->more++;
}
