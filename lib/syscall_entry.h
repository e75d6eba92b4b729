#ifndef PAGEWALK_LIB_SYSCALL_ENTRY_H
#define PAGEWALK_LIB_SYSCALL_ENTRY_H

#include <inc/types.h>

/* System calls by INT and by SYSENTER, and by the better one that exists. */
int32_t	syscall_slow(uint32_t number, uint32_t a1, uint32_t a2, uint32_t a3,
		     uint32_t a4);
int32_t	syscall_fast(uint32_t number, uint32_t a1, uint32_t a2, uint32_t a3,
		     uint32_t a4);
extern int32_t (*syscall_best)(uint32_t number, uint32_t a1, uint32_t a2,
			      uint32_t a3, uint32_t a4);

#endif
