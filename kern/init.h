#ifndef PAGEWALK_KERN_INIT_H
#define PAGEWALK_KERN_INIT_H

/* Everything that kern/init.c starts. */

#include <inc/assert.h>
#include <inc/memlayout.h>
#include <inc/string.h>
#include <kern/bench/bench.h>
#include <kern/check/check.h>
#include <kern/dev/console.h>
#include <kern/cpuid.h>
#include <kern/env.h>
#include <kern/fpu.h>
#include <kern/hooks.h>
#include <kern/kdebug.h>
#include <kern/dev/lapic.h>
#include <kern/earlymap.h>
#include <kern/monitor/monitor.h>
#include <kern/dev/pic.h>
#include <kern/pmap.h>
#include <kern/program.h>
#include <kern/sched.h>
#include <kern/switch.h>
#include <kern/syscall.h>
#include <kern/dev/timer.h>
#include <kern/trap.h>

/* Keep calls real: no inlining, no clone with fewer arguments. */
#ifdef __clang__
#define KEEP_FRAME __attribute__((noinline))
#else
#define KEEP_FRAME __attribute__((noinline, noipa))
#endif

/* A macro's value, as a string. */
#define TEXT_OF_(x)	#x
#define TEXT_OF(x)	TEXT_OF_(x)

/* Open the doors of kern/hooks.h for what this build has of them. */
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
