/* Reads kernel memory, which is mapped, but not for users. */

#include <inc/lib.h>
#include <inc/x86.h>

void
umain(int argc, char **argv)
{
	cprintf("I read %08x from location 0xf0100000!\n", load32(0xF0100000));
}
