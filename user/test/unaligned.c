/*
 * Reads a word at an odd address, with AC clear and set. Both must work,
 * because the kernel leaves CR0.AM clear.
 */

#include <inc/lib.h>
#include <inc/x86.h>

static uint32_t words[2] = { 0x33221100, 0x77665544 };

static void
look(const char *how)
{
	uint32_t found = load32((uintptr_t)words + 1);

	if (found != 0x44332211)
		panic("%s: %08x at an odd address", how, found);
	cprintf("%s: read %08x\n", how, found);
}

void
umain(int argc, char **argv)
{
	look("AC clear");
	write_eflags(read_eflags() | FL_AC);
	look("AC set");
}
