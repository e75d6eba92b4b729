/*
 * Has SYSENTER's way out "return" to the kernel's code: it goes there with a
 * user's rights, and so no further.
 */

#include <inc/lib.h>
#include <inc/x86.h>

void
umain(int argc, char **argv)
{
	sysenter(SYS_getenvid, USTACKTOP - PGSIZE, 0xF010000C);
}
