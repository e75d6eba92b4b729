#ifndef PAGEWALK_SOLUTION_KERN_E1000_H
#define PAGEWALK_SOLUTION_KERN_E1000_H

/* The network card of a course's last lab. */

#include <kern/pci.h>

#endif
