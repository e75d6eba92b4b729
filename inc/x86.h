#ifndef PAGEWALK_INC_X86_H
#define PAGEWALK_INC_X86_H

/*
 * Instructions that C cannot express, one inline function each. Nearly all
 * inline assembly of the project is in this file.
 *
 * A "memory" clobber keeps the compiler from moving loads or stores across the
 * instruction. Every asm with an effect is volatile.
 */

#include <inc/types.h>
#include <inc/mmu.h>

/* I/O ports: the devices' address space, which only IN and OUT access. */
static inline uint8_t
inb(int port)
{
	uint8_t data;

	__asm__ volatile("inb %w1, %0" : "=a" (data) : "d" (port));
	return data;
}

static inline uint16_t
inw(int port)
{
	uint16_t data;

	__asm__ volatile("inw %w1, %0" : "=a" (data) : "d" (port));
	return data;
}

static inline uint32_t
inl(int port)
{
	uint32_t data;

	__asm__ volatile("inl %w1, %0" : "=a" (data) : "d" (port));
	return data;
}

static inline void
outb(int port, uint8_t data)
{
	__asm__ volatile("outb %0, %w1" : : "a" (data), "d" (port));
}

static inline void
outw(int port, uint16_t data)
{
	__asm__ volatile("outw %0, %w1" : : "a" (data), "d" (port));
}

static inline void
outl(int port, uint32_t data)
{
	__asm__ volatile("outl %0, %w1" : : "a" (data), "d" (port));
}

/* Read cnt units from one port into memory at addr; write them from there. */
static inline void
insb(int port, void *addr, int cnt)
{
	__asm__ volatile("rep insb"
			 : "+D" (addr), "+c" (cnt) : "d" (port) : "memory");
}

static inline void
insw(int port, void *addr, int cnt)
{
	__asm__ volatile("rep insw"
			 : "+D" (addr), "+c" (cnt) : "d" (port) : "memory");
}

static inline void
insl(int port, void *addr, int cnt)
{
	__asm__ volatile("rep insl"
			 : "+D" (addr), "+c" (cnt) : "d" (port) : "memory");
}

static inline void
outsb(int port, const void *addr, int cnt)
{
	__asm__ volatile("rep outsb"
			 : "+S" (addr), "+c" (cnt) : "d" (port) : "memory");
}

static inline void
outsw(int port, const void *addr, int cnt)
{
	__asm__ volatile("rep outsw"
			 : "+S" (addr), "+c" (cnt) : "d" (port) : "memory");
}

static inline void
outsl(int port, const void *addr, int cnt)
{
	__asm__ volatile("rep outsl"
			 : "+S" (addr), "+c" (cnt) : "d" (port) : "memory");
}

/* Control registers: writing CR0, CR3 or CR4 can change the address space. */
static inline uint32_t
rcr0(void)
{
	uint32_t val;

	__asm__ volatile("movl %%cr0, %0" : "=r" (val));
	return val;
}

static inline void
lcr0(uint32_t val)
{
	__asm__ volatile("movl %0, %%cr0" : : "r" (val) : "memory");
}

static inline uint32_t
rcr2(void)
{
	uint32_t val;

	__asm__ volatile("movl %%cr2, %0" : "=r" (val));
	return val;
}

static inline uint32_t
rcr3(void)
{
	uint32_t val;

	__asm__ volatile("movl %%cr3, %0" : "=r" (val));
	return val;
}

static inline void
lcr3(uint32_t val)
{
	__asm__ volatile("movl %0, %%cr3" : : "r" (val) : "memory");
}

/* CR4 exists from late 486s on: use it only if CPUID exists (kern/cpuid.h). */
static inline uint32_t
rcr4(void)
{
	uint32_t val;

	__asm__ volatile("movl %%cr4, %0" : "=r" (val));
	return val;
}

static inline void
lcr4(uint32_t val)
{
	__asm__ volatile("movl %0, %%cr4" : : "r" (val) : "memory");
}

/* Model-specific registers: use only those that CPUID reports. */
static inline void
wrmsr(uint32_t reg, uint64_t val)
{
	__asm__ volatile("wrmsr" : : "c" (reg), "A" (val) : "memory");
}

static inline uint64_t
rdmsr(uint32_t reg)
{
	uint64_t val;

	__asm__ volatile("rdmsr" : "=A" (val) : "c" (reg));
	return val;
}

/* Allow, then forbid, access to user memory under SMAP (SDM 2A, STAC, CLAC). */
static inline void
stac(void)
{
	__asm__ volatile("stac" : : : "memory", "cc");
}

static inline void
clac(void)
{
	__asm__ volatile("clac" : : : "memory", "cc");
}

/* The x87 and SSE state. Instructions in FN do not wait for pending errors. */
static inline void
clts(void)
{
	__asm__ volatile("clts" : : : "memory");
}

static inline void
fninit(void)
{
	__asm__ volatile("fninit" : : : "memory");
}

/* Return the status word; without an x87 unit, return `before`. */
static inline uint16_t
fnstsw(uint16_t before)
{
	__asm__ volatile("fnstsw %0" : "+m" (before) : : "memory");
	return before;
}

static inline void
fnsave(void *state)
{
	__asm__ volatile("fnsave (%0)" : : "r" (state) : "memory");
}

static inline void
frstor(const void *state)
{
	__asm__ volatile("frstor (%0)" : : "r" (state) : "memory");
}

static inline void
fxsave(void *state)
{
	__asm__ volatile("fxsave (%0)" : : "r" (state) : "memory");
}

static inline void
fxrstor(const void *state)
{
	__asm__ volatile("fxrstor (%0)" : : "r" (state) : "memory");
}

/* Drop the cached translation of one address (SDM 3A 4.10.4.1). */
static inline void
invlpg(const void *addr)
{
	__asm__ volatile("invlpg (%0)" : : "r" (addr) : "memory");
}

/* Drop all cached translations, except global ones. */
static inline void
tlbflush(void)
{
	lcr3(rcr3());
}

/*
 * Store newval at addr, and return what was there, in one step that no other
 * processor can divide. XCHG with memory locks the bus by itself (SDM 3A
 * 8.1.2).
 */
static inline uint32_t
xchg(volatile uint32_t *addr, uint32_t newval)
{
	__asm__ volatile("xchgl %0, %1"
			 : "+r" (newval), "+m" (*addr) : : "memory");
	return newval;
}

/* Write back and invalidate the caches. */
static inline void
wbinvd(void)
{
	__asm__ volatile("wbinvd" : : : "memory");
}

/* Descriptor tables and the task register. */
static inline void
lgdt(const struct Pseudodesc *pd)
{
	__asm__ volatile("lgdt %0" : : "m" (*pd));
}

static inline void
lidt(const struct Pseudodesc *pd)
{
	__asm__ volatile("lidt %0" : : "m" (*pd));
}

static inline void
sidt(struct Pseudodesc *pd)
{
	__asm__ volatile("sidt %0" : "=m" (*pd));
}

static inline void
ltr(uint16_t sel)
{
	__asm__ volatile("ltr %0" : : "r" (sel));
}

static inline void
lldt(uint16_t sel)
{
	__asm__ volatile("lldt %0" : : "r" (sel));
}

/* Read the selectors in use: CS, SS, DS, ES, FS, GS. */
static inline void
read_segments(uint16_t selectors[6])
{
	__asm__ volatile("movw %%cs, %0; movw %%ss, %1; movw %%ds, %2;"
			 " movw %%es, %3; movw %%fs, %4; movw %%gs, %5"
			 : "=m" (selectors[0]), "=m" (selectors[1]),
			 "=m" (selectors[2]), "=m" (selectors[3]),
			 "=m" (selectors[4]), "=m" (selectors[5]));
}

/*
 * Reload all segment registers with the kernel's flat segments. CS needs a far
 * return. FS and GS become null, because the kernel does not use them.
 */
static inline void
load_kernel_segments(uint16_t code, uint16_t data)
{
	__asm__ volatile(
		"movw %w1, %%ds\n\t"
		"movw %w1, %%es\n\t"
		"movw %w1, %%ss\n\t"
		"movw %w2, %%fs\n\t"
		"movw %w2, %%gs\n\t"
		"pushl %0\n\t"
		"pushl $1f\n\t"
		"lret\n"
		"1:"
		: : "r" ((uint32_t)code), "r" (data), "r" (0) : "memory");
}

/* FS and GS. The kernel does not use them, so they keep the user's values. */
struct fs_gs {
	uint16_t fs, gs;
};

static inline void
read_fs_gs(struct fs_gs *to)
{
	__asm__ volatile("movw %%fs, %0; movw %%gs, %1"
			 : "=m" (to->fs), "=m" (to->gs));
}

static inline void
write_fs_gs(const struct fs_gs *from)
{
	__asm__ volatile("movw %0, %%fs; movw %1, %%gs"
			 : : "m" (from->fs), "m" (from->gs));
}

static inline uint32_t
read_eflags(void)
{
	uint32_t eflags;

	__asm__ volatile("pushfl; popl %0" : "=r" (eflags) : : "memory");
	return eflags;
}

static inline void
write_eflags(uint32_t eflags)
{
	__asm__ volatile("pushl %0; popfl" : : "r" (eflags) : "memory", "cc");
}

static inline uint32_t
read_ebp(void)
{
	uint32_t ebp;

	__asm__ volatile("movl %%ebp, %0" : "=r" (ebp));
	return ebp;
}

static inline uint32_t
read_esp(void)
{
	uint32_t esp;

	__asm__ volatile("movl %%esp, %0" : "=r" (esp));
	return esp;
}

/* Call only where cpuid_init found the instruction. */
static inline void
cpuid(uint32_t leaf, uint32_t *eax, uint32_t *ebx, uint32_t *ecx, uint32_t *edx)
{
	uint32_t a, b, c, d;

	__asm__ volatile("cpuid"
			 : "=a" (a), "=b" (b), "=c" (c), "=d" (d)
			 : "a" (leaf), "c" (0));
	if (eax)
		*eax = a;
	if (ebx)
		*ebx = b;
	if (ecx)
		*ecx = c;
	if (edx)
		*edx = d;
}

/* Read the time-stamp counter; needs CPUID's TSC bit. */
static inline uint64_t
read_tsc(void)
{
	uint32_t lo, hi;

	__asm__ volatile("rdtsc" : "=a" (lo), "=d" (hi) : : "memory");
	return (uint64_t)hi << 32 | lo;
}

static inline void
cli(void)
{
	__asm__ volatile("cli" : : : "memory");
}

static inline void
sti(void)
{
	__asm__ volatile("sti" : : : "memory");
}

/* Halt until the next interrupt. */
static inline void
hlt(void)
{
	__asm__ volatile("hlt" : : : "memory");
}

/* Stop this processor for good. */
static inline void NORETURN
halt_forever(void)
{
	for (;;) {
		cli();
		hlt();
	}
}

/*
 * Enable interrupts, halt until the next one, disable them. STI takes effect
 * after the next instruction, so no interrupt comes before HLT.
 */
static inline void
wait_for_interrupt(void)
{
	__asm__ volatile("sti; hlt; cli" : : : "memory");
}

/* Take the interrupts that are pending: STI takes effect after the NOP. */
static inline void
take_interrupts(void)
{
	__asm__ volatile("sti; nop; cli" : : : "memory");
}

static inline void
breakpoint(void)
{
	__asm__ volatile("int3" : : : "memory");
}

/* An instruction that is undefined on every processor (SDM 2B, UD2). */
static inline void
undefined_instruction(void)
{
	__asm__ volatile("ud2");
}

/* Divide by DIV, which faults for 0: in C that is undefined. */
static inline uint32_t
divide(uint32_t dividend, uint32_t divisor)
{
	uint32_t high = 0;

	__asm__ volatile("divl %2"
			 : "+a" (dividend), "+d" (high)
			 : "r" (divisor) : "cc");
	return dividend;
}

/* Store `count` words of `value` from dst on, in one instruction. */
static inline void
stosl(void *dst, uint32_t value, size_t count)
{
	__asm__ volatile("rep stosl"
			 : "+D" (dst), "+c" (count)
			 : "a" (value) : "memory");
}

/* The number of words from src on that are `value`: count, if all are. */
static inline size_t
words_alike(const void *src, uint32_t value, size_t count)
{
	size_t left = count;
	bool differs;

	/* With a count of 0, SCAS does nothing: set ZF first. */
	__asm__ volatile("cmpl %%eax, %%eax; repe scasl"
			 : "+D" (src), "+c" (left), "=@ccne" (differs)
			 : "a" (value) : "memory");
	return count - left - differs;
}

/* Copy `count` words upwards, in one instruction. */
static inline void
movsl(void *dst, const void *src, size_t count)
{
	__asm__ volatile("rep movsl"
			 : "+D" (dst), "+S" (src), "+c" (count)
			 : : "memory");
}

/* Loop, with exactly two instructions a round, to calibrate counters. */
static inline void
count_down(uint32_t rounds)
{
	__asm__ volatile("1: decl %0; jnz 1b" : "+r" (rounds) : : "cc");
}

/* Keep the compiler from moving memory accesses across this place. */
static inline void
compiler_barrier(void)
{
	__asm__ volatile("" : : : "memory");
}

/* Access memory exactly once, even if it faults. */
static inline uint32_t
load32(uintptr_t va)
{
	return *(volatile uint32_t *)va;
}

static inline void
store32(uintptr_t va, uint32_t value)
{
	*(volatile uint32_t *)va = value;
}

#endif
