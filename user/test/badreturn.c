/*
 * Makes SYSENTER's exit path return to kernel code. The processor is then in
 * user mode, so fetching the instruction faults.
 */

#include <inc/lib.h>
#include <user/instructions.h>

void
umain(int argc, char **argv)
{
	sysenter(SYS_getenvid, USTACKTOP - PGSIZE, 0xF010000C);
}
