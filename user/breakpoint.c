/* Stops in the monitor at a breakpoint; `continue` resumes it. */

#include <inc/lib.h>
#include <inc/x86.h>

void
umain(int argc, char **argv)
{
	breakpoint();
	cprintf("went on after the breakpoint\n");
}
