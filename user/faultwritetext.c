/* Writes over its own code, which is for reading and running. */

#include <inc/lib.h>
#include <inc/x86.h>

void
umain(int argc, char **argv)
{
	store32((uintptr_t)umain, 0);
}
