/* Faults with the library's upcall and an exception stack, but no handler. */

#include <inc/lib.h>
#include <inc/x86.h>

void
umain(int argc, char **argv)
{
	set_pgfault_handler(NULL);
	store32(0, 0);
}
