/* lib/printfmt.c's formatting, put on the console. */

#include <inc/stdio.h>
#include <kern/dev/console.h>

static void
put(int c, void *count)
{
	cputchar(c);
	++*(int *)count;
}

int
vcprintf(const char *fmt, va_list ap)
{
	int count = 0;

	vprintfmt(put, &count, fmt, ap);
	return count;
}

void
vcprintf_at(const char *what, const char *file, int line, const char *fmt,
	    va_list ap)
{
	cons_fresh_line();
	cprintf("%s at %s:%d: ", what, file, line);
	vcprintf(fmt, ap);
	cprintf("\n");
}
