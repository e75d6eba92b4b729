/* The size of physical memory, and of the part that the window shows. */

#include <kern/kaddr.h>

size_t npages;
physaddr_t window_mapped = ENTRY_MAPPED;
