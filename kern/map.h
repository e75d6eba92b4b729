/* For files that still include it: kern/pmap.h and kern/sections.h. */
#include <kern/pmap.h>
#include <kern/sections.h>
