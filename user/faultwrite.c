/* Writes to address 0. */

#include <inc/lib.h>
#include <inc/x86.h>

void
umain(int argc, char **argv)
{
	store32(0, 0);
}
