#ifndef PAGEWALK_TEST_MODEL_CPU_H
#define PAGEWALK_TEST_MODEL_CPU_H

/*
 * The simulated processor: registers, translation with a TLB, traps. It
 * executes no instructions: calls.c says what programs do.
 */

#include <inc/trap.h>
#include <inc/x86.h>

struct cpu {
	struct Trapframe regs;	/* of the program that runs */
	uint32_t cr0, cr2, cr3, cr4;
	struct fs_gs fs_gs;
	uint32_t fpu;		/* an x87 register */
};
extern struct cpu cpu;

void	cpu_reset(void);

/*
 * Access one byte of user memory, as a program does. Returns its place in RAM,
 * or NULL for a page fault, with *err set to its error code.
 */
uint8_t	*cpu_access(uint32_t va, bool write, uint32_t *err);

/* Fail if a translation in the TLB does not agree with the tables. */
void	cpu_check_tlb(const char *after);

/* Where the processor was when the kernel ended. */
enum place {
	NOWHERE,
	IN_USER,		/* a program runs, with cpu.regs */
	IN_MONITOR,		/* nothing is runnable */
	IN_RESUME,		/* about to go on with a call: cpu_resume */
	IN_IDLE,		/* halted, until an interrupt */
};

/*
 * Run fn(arg) as the kernel. It may return, else it ends with IRET, or in the
 * monitor. Returns where it ended, NOWHERE if fn returned.
 */
enum place	cpu_kernel(const char *what, void (*fn)(void *), void *arg);

/*
 * If set, the kernel ends before a program's call goes on; then it is entered
 * again with this function.
 */
extern bool cpu_stops_before_resume;
extern void (*cpu_resume)(void);

/* End the kernel there. */
void	cpu_leave(enum place where) NORETURN;

/* What the kernel has printed since cpu_said was cleared: see console.c. */
#define SAID_MAX	1024
extern char cpu_said[SAID_MAX];

/* Why a program was ended that cannot have a page: NULL for none. */
extern const char *cpu_without_page;

/* A checksum of the characters that programs have printed. */
extern uint32_t cpu_printed;

static inline uint32_t
checksum(uint32_t sum, uint8_t byte)
{
	return sum * 31 + byte + 1;
}

#endif
