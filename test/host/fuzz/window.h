/*
 * Force-included into all files that use the kernel's headers: physical memory
 * is the array `ram`, and build.mk defines the linker's symbols for the kernel
 * image.
 */
extern char ram[];
#define WINDOW	((uintptr_t)ram)
/* The host's linker defines `end`, too. */
#define end	kernel_end
/* A table of environments that fits a page, because RAM is small. */
#define LOG2NENV	2
