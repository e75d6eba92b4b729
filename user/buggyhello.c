/* Asks the kernel to print what no program has: a byte of page 0. */

#include <inc/lib.h>

void
umain(int argc, char **argv)
{
	sys_cputs((char *)1, 1);
}
