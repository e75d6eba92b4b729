/*
 * Divides zero by zero in the x87 unit, with that exception let through: an
 * error of ours, and nobody else's. The next x87 instruction tells it.
 */

#include <inc/lib.h>
#include <inc/x86.h>

void
umain(int argc, char **argv)
{
	x87_zero_by_zero();
	cprintf("0/0 was something!\n");
}
