/* Yields many times, and prints nothing. */

#include <inc/lib.h>

void
umain(int argc, char **argv)
{
	int i;

	for (i = 0; i < 2000; i++)
		sys_yield();
}
