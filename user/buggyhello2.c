/*
 * Asks the kernel to print far more than there is: the text begins in memory
 * that is ours, and a mebibyte later it has long left it.
 */

#include <inc/lib.h>

/* Not constant: in data, so that nothing of the text's pages follows. */
const char *greeting = "hello, world\n";

void
umain(int argc, char **argv)
{
	sys_cputs(greeting, 1 << 20);
}
