/* Executes HLT, which user mode must not. */

#include <inc/lib.h>
#include <inc/x86.h>

void
umain(int argc, char **argv)
{
	hlt();
	cprintf("The processor stopped for me!\n");
}
