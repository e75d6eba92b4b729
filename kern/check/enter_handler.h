#ifndef PAGEWALK_KERN_CHECK_ENTER_HANDLER_H
#define PAGEWALK_KERN_CHECK_ENTER_HANDLER_H

#include <inc/types.h>

/*
 * Call a trap handler as the processor would from kernel mode: with *error as
 * the error code (NULL: none), entered_here as EIP, the current EFLAGS, and the
 * registers of before, in the order of PUSHA, then DS and ES. If the handler
 * returns, after has the registers that it left; in place of ESP, its distance
 * from the value before.
 */
void	enter_handler(uintptr_t handler, const uint32_t *error,
		      const uint32_t before[10], uint32_t after[10]);
extern char entered_here[];

#endif
