#ifndef PAGEWALK_KERN_TRAPENTRY_H
#define PAGEWALK_KERN_TRAPENTRY_H

/* The processor's entries into the kernel: kern/trapentry.S, sysenter.S. */

#include <inc/trap.h>

/* Vectors with an entry of their own: exceptions and interrupts. */
#define NSTUBS		(IRQ_OFFSET + 16)

#ifndef __ASSEMBLER__
extern const char *const trap_stubs[NSTUBS];
extern const char trap_default[], trap_syscall[];
extern const char sysenter_entry[], sysenter_debug[];

/* The functions that sysenter_entry calls, by number. */
extern const void *const syscall_fast_table[];
#endif
#endif
