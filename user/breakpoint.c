/* Stops in the kernel's monitor; `continue` there lets it go on. */

#include <inc/lib.h>
#include <inc/x86.h>

void
umain(int argc, char **argv)
{
	breakpoint();
	cprintf("went on after the breakpoint\n");
}
