/* Asks the kernel to print a byte of page 0, which is not mapped. */

#include <inc/lib.h>

void
umain(int argc, char **argv)
{
	sys_cputs((char *)1, 1);
}
