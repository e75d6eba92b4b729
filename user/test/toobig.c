/*
 * Wants more memory than the kernel can give out, in the one way that there is
 * without asking for pages: as data. It is not even started, and what it had got
 * by then is given back.
 */

#include <inc/lib.h>

#define MORE_THAN_THE_WINDOW	(KERNWINSIZE + (16 << 20))

/* Not static: a variable that nobody writes would become part of the file. */
char memory[MORE_THAN_THE_WINDOW];

void
umain(int argc, char **argv)
{
	cprintf("%u bytes, and the last is %d!\n", sizeof(memory),
		*(volatile char *)&memory[sizeof(memory) - 1]);
}
