#ifndef PAGEWALK_KERN_CHECK_X86_TEST_H
#define PAGEWALK_KERN_CHECK_X86_TEST_H

/* Instructions that only checks execute. */

#include <inc/x86.h>

/* Read the tables and the task in use. */
static inline void
sgdt(struct Pseudodesc *pd)
{
	__asm__ volatile("sgdt %0" : "=m" (*pd));
}

static inline uint16_t
str(void)
{
	uint32_t sel;

	__asm__ volatile("str %0" : "=r" (sel));
	return sel;
}

/* Debug registers: breakpoints at addresses (SDM 3B 17.2). */
static inline void
load_dr0(uintptr_t va)
{
	__asm__ volatile("movl %0, %%dr0" : : "r" (va) : "memory");
}

static inline void
load_dr7(uint32_t val)
{
	__asm__ volatile("movl %0, %%dr7" : : "r" (val) : "memory");
}

/*
 * Continue at eip in user mode, with the given eax, interrupts on and no stack.
 * Only a trap leads back to the kernel.
 */
static inline void NORETURN
enter_user(uintptr_t eip, uint32_t eax, uint16_t code, uint16_t data)
{
	__asm__ volatile(
		"movw %w3, %%ds\n\t"
		"movw %w3, %%es\n\t"
		"pushl %3\n\t"
		"pushl $0\n\t"
		"pushl %4\n\t"
		"pushl %2\n\t"
		"pushl %1\n\t"
		"iret"
		: : "a" (eax), "r" (eip), "r" ((uint32_t)code),
		"r" ((uint32_t)data), "r" (FL_IF | FL_ONE) : "memory");
	__builtin_unreachable();
}

/* Load a selector, which faults without the right to it. */
static inline void
load_ds(uint16_t sel)
{
	__asm__ volatile("movw %0, %%ds" : : "r" (sel) : "memory");
}

static inline void
load_es(uint16_t sel)
{
	__asm__ volatile("movw %0, %%es" : : "r" (sel) : "memory");
}

/* Execute SYSENTER with another return address (inc/syscall.h). */
static inline void
sysenter(uint32_t number, uintptr_t esp, uintptr_t eip)
{
	__asm__ volatile("movl %1, %%ebp\n\tsysenter"
			 : : "a" (number), "r" (esp), "S" (eip) : "memory");
	__builtin_unreachable();
}

/* The same, with values in the other registers that a caller keeps. */
static inline void
sysenter_keeping(uint32_t number, uintptr_t esp, uintptr_t eip, uint32_t ebx,
		 uint32_t edi)
{
	__asm__ volatile("movl %1, %%ebp\n\tsysenter"
			 : : "a" (number), "d" (esp), "S" (eip), "b" (ebx),
			 "D" (edi) : "memory");
	__builtin_unreachable();
}

/* Set bit n of an array of bits; true if it was set before. (SDM 2A, BTS) */
static inline bool
test_and_set_bit(uint32_t *bits, uint32_t n)
{
	bool was;

	__asm__ volatile("btsl %2, %1\n\tsetc %0"
			 : "=q" (was), "+m" (*bits)
			 : "r" (n) : "cc", "memory");
	return was;
}

#endif
