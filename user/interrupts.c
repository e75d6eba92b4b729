/*
 * Turns interrupts off: quietly, which is quietly ignored (SDM 2B, POPF), and
 * then loudly.
 */

#include <inc/lib.h>
#include <inc/x86.h>

void
umain(int argc, char **argv)
{
	write_eflags(read_eflags() & ~FL_IF);
	if (!(read_eflags() & FL_IF))
		panic("popfl turned interrupts off");
	write_eflags(read_eflags() | FL_IOPL_MASK);
	if (read_eflags() & FL_IOPL_MASK)
		panic("popfl gave us the right to I/O");
	cli();
	cprintf("No interrupts any more!\n");
}
