#ifndef PAGEWALK_KERN_SWITCH_H
#define PAGEWALK_KERN_SWITCH_H

/* kern/switch.S has the contracts. */

#include <inc/trap.h>

typedef struct {
	uint32_t eip, esp, ebp, ebx, esi, edi;
} jmp_buf[1];

void	env_pop_tf(struct Trapframe *tf) NORETURN;
void	call_on_stack(uintptr_t top, void (*fn)(void)) NORETURN;
int	setjmp(jmp_buf env) __attribute__((returns_twice));
void	longjmp(jmp_buf env, int value) NORETURN;

#endif
