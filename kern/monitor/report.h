#ifndef PAGEWALK_KERN_MONITOR_REPORT_H
#define PAGEWALK_KERN_MONITOR_REPORT_H

#include <inc/mmu.h>
#include <inc/trap.h>

/*
 * Report a breakpoint, a single step or the kernel's own fault, then enter the
 * monitor: the debugger's hook (kern/hooks.h). Returns on `continue` and
 * `step`, after a breakpoint or a step only. Without tf, just enter the
 * monitor, for good.
 */
void	report_trap(struct Trapframe *tf, const pde_t *pgdir);

/* Print a backtrace after a panic in file, then enter the monitor for good. */
void	report_panic(const char *file) NORETURN;

#endif
