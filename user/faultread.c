/* Reads address 0, which is never mapped. */

#include <inc/lib.h>
#include <inc/x86.h>

void
umain(int argc, char **argv)
{
	cprintf("I read %08x from location 0!\n", load32(0));
}
