/* Divides by zero with DIV, because C leaves that division undefined. */

#include <inc/lib.h>
#include <inc/x86.h>

void
umain(int argc, char **argv)
{
	cprintf("1/0 is %08x!\n", divide(1, 0));
}
