/* Reads the keyboard port. User mode must not: the kernel ends it. */

#include <inc/lib.h>
#include <inc/x86.h>

void
umain(int argc, char **argv)
{
	cprintf("The last key was %02x!\n", inb(0x60));
}
