/* Faults with an upcall, but without an exception stack. */

#include <inc/lib.h>
#include <inc/x86.h>

void
umain(int argc, char **argv)
{
	sys_env_set_pgfault_upcall(0, _pgfault_upcall);
	store32(0, 0);
}
