/* cprintf: lib/printfmt.c's formatting, put on the console. */

#include <inc/stdio.h>

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

int
cprintf(const char *fmt, ...)
{
	va_list ap;
	int count;

	va_start(ap, fmt);
	count = vcprintf(fmt, ap);
	va_end(ap);
	return count;
}
