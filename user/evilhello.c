/* Asks the kernel to print the kernel's own code, from its entry point on. */

#include <inc/lib.h>

void
umain(int argc, char **argv)
{
	sys_cputs((char *)0xF010000C, 100);
}
