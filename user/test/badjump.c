/* Calls the kernel's code as a function: user mode may not execute it. */

#include <inc/lib.h>

void
umain(int argc, char **argv)
{
	void (*volatile function)(void) = (void (*)(void))0xF010000C;

	function();
}
