/*
 * Has more data than the machine has memory, so that loading it must fail. The
 * kernel must free what it has allocated by then.
 */

#include <inc/lib.h>

#define MORE_THAN_THE_WINDOW	(KERNWINSIZE + (16 << 20))

/* Not static: a static one could become constant, and part of the file. */
char memory[MORE_THAN_THE_WINDOW];

void
umain(int argc, char **argv)
{
	cprintf("%u bytes, and the last is %d!\n", sizeof(memory),
		*(volatile char *)&memory[sizeof(memory) - 1]);
}
