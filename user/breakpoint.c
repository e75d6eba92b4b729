/* Stops in the monitor at a breakpoint; `continue` resumes it. */

#include <inc/lib.h>
#include <inc/x86.h>

void
umain(int argc, char **argv)
{
	breakpoint();
	cprintf("continued after the breakpoint\n");
}
