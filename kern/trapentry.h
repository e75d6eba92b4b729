#ifndef PAGEWALK_KERN_TRAPENTRY_H
#define PAGEWALK_KERN_TRAPENTRY_H

/* Where the processor enters the kernel: kern/trapentry.S, kern/sysenter.S. */

#include <inc/trap.h>

/* Vectors with an entry of their own: exceptions and interrupts. */
#define NSTUBS		(IRQ_OFFSET + 16)

#ifndef __ASSEMBLER__
extern const char *const trap_stubs[NSTUBS];
extern const char trap_default[], trap_syscall[];
extern const char sysenter_entry[], sysenter_debug[];

/* What sysenter_entry calls, by number. */
extern const void *const syscall_fast_table[];
#endif
#endif
