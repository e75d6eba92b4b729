/* cprintf, for the kernel and for programs: each has its own vcprintf. */

#include <inc/stdio.h>

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
