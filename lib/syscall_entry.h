#ifndef PAGEWALK_LIB_SYSCALL_ENTRY_H
#define PAGEWALK_LIB_SYSCALL_ENTRY_H

#include <inc/lib.h>

/* System calls of up to four arguments: by INT, and by SYSENTER. */
int32_t	syscall_slow(uint32_t number, uint32_t a1, uint32_t a2, uint32_t a3,
		     uint32_t a4) IN_REGISTERS;
int32_t	syscall_fast(uint32_t number, uint32_t a1, uint32_t a2, uint32_t a3,
		     uint32_t a4) IN_REGISTERS;

/*
 * Of up to two. All their arguments are in the right registers already. The
 * kernel gets whatever the caller has in those of the other arguments.
 */
int32_t	syscall_short_slow(uint32_t number, uint32_t a1, uint32_t a2)
	IN_REGISTERS;
int32_t	syscall_short_fast(uint32_t number, uint32_t a1, uint32_t a2)
	IN_REGISTERS;

/* The better ones that exist on this processor: see libmain. */
extern IN_REGISTERS int32_t (*syscall_best)(uint32_t number, uint32_t a1,
					    uint32_t a2, uint32_t a3,
					    uint32_t a4);
extern IN_REGISTERS int32_t (*syscall_short)(uint32_t number, uint32_t a1,
					     uint32_t a2);

#endif
