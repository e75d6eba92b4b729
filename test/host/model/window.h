/*
 * Force-included into all files that use the kernel's headers: see
 * test/host/fuzz/window.h. Eight slots for environments.
 */
extern char ram[];
#define WINDOW	((uintptr_t)ram)
#define end	kernel_end
#define LOG2NENV	3
