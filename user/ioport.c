/* Reads the keyboard's port, and so somebody else's keys. */

#include <inc/lib.h>
#include <inc/x86.h>

void
umain(int argc, char **argv)
{
	cprintf("The last key was %02x!\n", inb(0x60));
}
