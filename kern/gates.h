#ifndef PAGEWALK_KERN_GATES_H
#define PAGEWALK_KERN_GATES_H

#include <inc/memlayout.h>
#include <inc/mmu.h>

/* The double-fault task's selector, after those of inc/memlayout.h. */
#define GD_TSS_DF	0x30

/* The processor's tables of segments and gates, filled in by gates.c. */
extern struct Segdesc gdt[(GD_TSS_DF >> 3) + 1];
extern struct Gatedesc idt[256];

/* The running task. After a double fault it holds the state before it. */
extern struct Taskstate tss;

/*
 * Load our own segments, tasks and interrupt table; from then on every fault is
 * reported. double_fault is where the double-fault task begins. Needs no memory
 * management.
 */
void	trap_init(void (*double_fault)(void));

/*
 * Load our segments, and make tss the running task. Called by trap_init, and to
 * leave the double-fault task.
 */
void	gdt_init(void);

/* Set the top of the stack for traps from user mode. */
void	trap_set_stack(uintptr_t esp0);

/* Set up SYSENTER, if the processor has it. */
void	syscall_init(void);

#endif
