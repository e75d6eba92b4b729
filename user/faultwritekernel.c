/* Writes to kernel memory. */

#include <inc/lib.h>
#include <inc/x86.h>

void
umain(int argc, char **argv)
{
	store32(0xF0100000, 0);
}
