#ifndef PAGEWALK_KERN_SWITCH_H
#define PAGEWALK_KERN_SWITCH_H

#include <inc/types.h>

/* kern/switch.S; the contracts stand there. */

struct place {
	uint32_t eip, esp, ebp, ebx, esi, edi;
};

void	call_on_stack(uintptr_t top, void (*fn)(void)) NORETURN;
int	remember(struct place *p) __attribute__((returns_twice));
void	go_back(const struct place *p, int value) NORETURN;

#endif
