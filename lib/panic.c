/* Panics and warnings of a program. A panic stops in the kernel's monitor. */

#include <inc/lib.h>
#include <inc/x86.h>

static void
print_at(const char *what, const char *file, int line, const char *fmt,
	 va_list ap)
{
	cprintf("[%08x] user %s in %s at %s:%d: ", sys_getenvid(), what,
		binaryname, file, line);
	vcprintf(fmt, ap);
	cprintf("\n");
}

void
_panic(const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_at("panic", file, line, fmt, ap);
	va_end(ap);
	for (;;)
		breakpoint();
}

void
_warn(const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_at("warning", file, line, fmt, ap);
	va_end(ap);
}
