/*
 * Asks the kernel to print a mebibyte: the text begins in our memory, but its
 * end is not mapped.
 */

#include <inc/lib.h>

/* Not const, so that it is in data, far from the end of the text. */
const char *greeting = "hello, world\n";

void
umain(int argc, char **argv)
{
	sys_cputs(greeting, 1 << 20);
}
