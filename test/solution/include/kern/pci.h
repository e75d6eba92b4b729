#ifndef PAGEWALK_SOLUTION_KERN_PCI_H
#define PAGEWALK_SOLUTION_KERN_PCI_H

/* The PCI bus of a course's last lab. A pmap.c uses nothing of it. */

#include <inc/types.h>

int	pci_init(void);

#endif
