/* Reads the keyboard port, which user mode may not. */

#include <inc/lib.h>
#include <inc/x86.h>

void
umain(int argc, char **argv)
{
	cprintf("The last key was %02x!\n", inb(0x60));
}
