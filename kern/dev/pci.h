#ifndef PAGEWALK_KERN_PCI_H
#define PAGEWALK_KERN_PCI_H

#include <inc/types.h>

/* The class and subclass of a function, as pci_find wants them. */
#define PCI_CLASS_IDE	0x0101

/* Registers of a function's configuration space: offsets, multiples of 4. */
#define PCI_COMMAND	0x04	/* command, and status above it */
#define   PCI_COMMAND_IO	0x0001	/* answer at I/O ports */
#define   PCI_COMMAND_MASTER	0x0004	/* may access memory by itself */
#define   PCI_STATUS		0xFFFF0000	/* a 1 that is written clears */
#define PCI_CLASS	0x08	/* class, subclass, interface, revision */
#define PCI_BAR4	0x20
#define   PCI_BAR_IO		0x00000001
#define   PCI_BAR_PORT		0x0000FFFC

/*
 * Return the first function on bus 0 of this class (class << 8 | subclass), as
 * pci_read wants it; 0 if there is none, or no PCI.
 */
uint32_t pci_find(uint16_t class);

/* Read or write a register of a function's configuration space. */
uint32_t pci_read(uint32_t function, int reg);
void	pci_write(uint32_t function, int reg, uint32_t value);

#endif
