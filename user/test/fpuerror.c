/*
 * Divides zero by zero in the x87 unit, with that exception unmasked. The next
 * x87 instruction traps.
 */

#include <inc/lib.h>
#include <user/instructions.h>

void
umain(int argc, char **argv)
{
	x87_zero_by_zero();
	cprintf("0/0 was something!\n");
}
