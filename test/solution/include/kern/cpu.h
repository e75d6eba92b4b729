#ifndef PAGEWALK_SOLUTION_KERN_CPU_H
#define PAGEWALK_SOLUTION_KERN_CPU_H

/* Declarations of kern/mpconfig.c, for a course's pmap.c of a later lab. */

#include <inc/env.h>
#include <inc/memlayout.h>
#include <inc/mmu.h>
#include <inc/types.h>

#define NCPU	8

enum {
	CPU_UNUSED = 0,
	CPU_STARTED,
	CPU_HALTED,
};

struct CpuInfo {
	uint8_t cpu_id;
	volatile unsigned cpu_status;
	struct Env *cpu_env;		/* the running environment */
	struct Taskstate cpu_ts;
};

extern struct CpuInfo cpus[NCPU];
extern int ncpu;
extern struct CpuInfo *bootcpu;
extern physaddr_t lapicaddr;

/* A stack for each processor; a course maps them below KSTACKTOP. */
extern unsigned char percpu_kstacks[NCPU][KSTKSIZE];

/* Return the number of this processor: always 0, because only it runs. */
int	cpunum(void);
#define thiscpu	(&cpus[cpunum()])

#endif
