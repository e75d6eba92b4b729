/* kern/fpu.c, compiled so that each sequence can reset its variables. */

#include "kern/fpu.c"

void	kernel_fpu_reset(void);

void
kernel_fpu_reset(void)
{
	owner = NULL;
	entered = true;
	fpu_init();
}
