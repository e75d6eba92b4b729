/* Asks the kernel to print its own code, from the entry point on. */

#include <inc/lib.h>

void
umain(int argc, char **argv)
{
	sys_cputs((char *)0xF010000C, 100);
}
