#ifndef PAGEWALK_INC_X86_H
#define PAGEWALK_INC_X86_H

/*
 * Replaces the kernel's inc/x86.h for drivers that are compiled for the host: a
 * simulated machine executes their instructions.
 */

#include <inc/types.h>

uint8_t	inb(int port);
uint32_t inl(int port);
void	outb(int port, uint8_t data);
void	outl(int port, uint32_t data);
void	insw(int port, void *addr, int cnt);
void	insl(int port, void *addr, int cnt);
void	outsl(int port, const void *addr, int cnt);

uint32_t read_eflags(void);
void	write_eflags(uint32_t eflags);
void	cli(void);

static inline void
compiler_barrier(void)
{
}

#endif
