/* Writes to its own code, which is read-only. */

#include <inc/lib.h>
#include <inc/x86.h>

void
umain(int argc, char **argv)
{
	store32((uintptr_t)umain, 0);
}
