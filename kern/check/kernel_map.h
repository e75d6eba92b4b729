#ifndef PAGEWALK_KERN_CHECK_KERNEL_MAP_H
#define PAGEWALK_KERN_CHECK_KERNEL_MAP_H

#include <kern/vmwalk.h>

/*
 * vm_next_range of kern_pgdir, read once in a run of checks: for checks that
 * run before any other has changed the kernel's map.
 */
bool	kernel_next_range(uint32_t *page, uint32_t limit, struct vm_range *r);

#endif
