/*
 * Raises a page fault's vector by an instruction. Only the processor may: the
 * gate's privilege turns it into a General Protection.
 */

#include <inc/lib.h>
#include <inc/x86.h>

void
umain(int argc, char **argv)
{
	raise_page_fault();
}
