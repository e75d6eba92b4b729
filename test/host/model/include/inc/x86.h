#ifndef PAGEWALK_INC_X86_H
#define PAGEWALK_INC_X86_H

/*
 * Replaces the kernel's inc/x86.h: the simulated processor (cpu.c) executes the
 * instructions that the tested files use.
 */

#include <inc/types.h>
#include <inc/mmu.h>

struct fs_gs {
	uint16_t fs, gs;
};

void	lcr3(uint32_t val);
uint32_t rcr3(void);
void	invlpg(const void *addr);

uint32_t rcr0(void);
void	lcr0(uint32_t val);
uint32_t rcr2(void);
uint32_t rcr4(void);
void	lcr4(uint32_t val);

static inline uint32_t
xchg(volatile uint32_t *addr, uint32_t newval)
{
	uint32_t old = *addr;

	*addr = newval;
	return old;
}

void	clts(void);
void	fninit(void);
void	fxsave(void *state);
void	fxrstor(const void *state);
void	fnsave(void *state);
void	frstor(const void *state);

void	read_fs_gs(struct fs_gs *to);
void	write_fs_gs(const struct fs_gs *from);

static inline void
stac(void)
{
}

static inline void
clac(void)
{
}

void	halt_forever(void) __attribute__((noreturn));

#include <test/host/fuzz/words.h>

#endif
