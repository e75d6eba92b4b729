#ifndef PAGEWALK_KERN_RAISE_H
#define PAGEWALK_KERN_RAISE_H

#include <inc/types.h>

/*
 * Enter a trap's handler by hand, as the processor would from the kernel, with
 * *error as the error code unless error is NULL, and with the registers of
 * before: as PUSHA stores them, then DS and ES. If the handler returns, after
 * has them as it left them; in place of ESP, how far it is from where it was.
 * The frame's eip is raised_here. EFLAGS are what they were. (enter_handler.S)
 */
void	raise(uintptr_t handler, const uint32_t *error,
	      const uint32_t before[10], uint32_t after[10]);
extern char raised_here[];

#endif
