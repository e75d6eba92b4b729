/* Touch pages in the order of Belady's string. With `swap frames`, count faults. */

#include <inc/lib.h>

#define AREA	((volatile char *)0x20000000)

void
umain(int argc, char **argv)
{
	static const char string[] = "123412512345";
	int i;

	(void)argc;
	(void)argv;
	for (i = 1; i <= 5; i++)
		if (sys_page_alloc(0, (void *)(AREA + i * PGSIZE),
				   PTE_P | PTE_U | PTE_W) < 0)
			panic("no memory");
	for (i = 0; string[i]; i++)
		AREA[(string[i] - '0') * PGSIZE]++;
}
