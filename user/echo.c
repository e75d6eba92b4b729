/* Repeats each line that you type, until an empty one. */

#include <inc/lib.h>

void
umain(int argc, char **argv)
{
	const char *line;

	while (*(line = readline("say: ")))
		cprintf("%s\n", line);
}
