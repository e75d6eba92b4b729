/*
 * Force-included into all that is compiled against the kernel's headers here:
 * physical memory is the array `ram`, and the names that the linker gives to
 * parts of the kernel image are ours.
 */
extern char ram[];
#define WINDOW	((uintptr_t)ram)
/* The host's linker has an `end` of its own. */
#define end	kernel_end
/* A table of environments of a page, where RAM has few. */
#define LOG2NENV	2
