/* How much physical memory there is, and how much of it the window shows. */

#include <kern/kaddr.h>

size_t npages;
physaddr_t window_mapped = ENTRY_MAPPED;
