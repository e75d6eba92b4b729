/*
 * Executes INT 14, a page fault's vector. The gate's privilege level admits
 * only the processor, so this causes a General Protection.
 */

#include <inc/lib.h>
#include <user/instructions.h>

void
umain(int argc, char **argv)
{
	raise_page_fault();
}
