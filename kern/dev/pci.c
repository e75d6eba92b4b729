/*
 * PCI configuration space, by the two ports of "mechanism 1": an address, then
 * its data (PCI Local Bus Specification 3.0, 3.2.2.3.2 and chapter 6).
 *
 * Not its job: buses behind a bridge, placing devices (the BIOS has done that).
 */

#include <inc/x86.h>
#include <kern/dev/pci.h>

#define ADDRESS		0xCF8
#define   ENABLE	0x80000000	/* pass the data port on to PCI */
#define DATA		0xCFC

#define DEVICES		32
#define FUNCTIONS	8

#define REG_ID		0x00
#define   VENDOR	0x0000FFFF	/* all ones: nothing is there */
#define REG_HEADER	0x0C
#define   MULTIFUNCTION	0x00800000

uint32_t
pci_read(uint32_t function, int reg)
{
	outl(ADDRESS, function + reg);
	return inl(DATA);
}

void
pci_write(uint32_t function, int reg, uint32_t value)
{
	outl(ADDRESS, function + reg);
	outl(DATA, value);
}

/* True if the machine has PCI: the address port can be read. */
static bool
present(void)
{
	outl(ADDRESS, ENABLE);
	return inl(ADDRESS) == ENABLE;
}

/* Return the function of this class in a device whose function 0 is given. */
static uint32_t
find_in_device(uint32_t first, uint16_t class)
{
	bool several;
	uint32_t f;
	int n;

	if ((pci_read(first, REG_ID) & VENDOR) == VENDOR)
		return 0;
	several = pci_read(first, REG_HEADER) & MULTIFUNCTION;
	for (n = 0; n < (several ? FUNCTIONS : 1); n++) {
		f = first | n << 8;
		if ((pci_read(f, REG_ID) & VENDOR) != VENDOR
		    && pci_read(f, PCI_CLASS) >> 16 == class)
			return f;
	}
	return 0;
}

uint32_t
pci_find(uint16_t class)
{
	uint32_t f = 0;
	int device;

	if (!present())
		return 0;
	for (device = 0; device < DEVICES && !f; device++)
		f = find_in_device(ENABLE | device << 11, class);
	return f;
}
