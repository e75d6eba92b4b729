/*
 * The kernel's console: keeps what the kernel prints of environments. This file
 * is compiled against the host's headers.
 */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Equal to those in cpu.h, which needs the kernel's headers. */
#define SAID_MAX	1024
extern char cpu_said[SAID_MAX];

int	cprintf(const char *fmt, ...);

/*
 * Lines that begin with one of these are kept: what the kernel reports of
 * environments. The others belong to reports on faults.
 */
#define KEPT	"[ND"

static int dropping;		/* within a line that is not kept */

char cpu_said[SAID_MAX];

int
cprintf(const char *fmt, ...)
{
	size_t n = strlen(cpu_said), len = strlen(fmt);
	int line_start = !n || cpu_said[n - 1] == '\n';
	va_list ap;

	if (dropping || (line_start && !strchr(KEPT, fmt[0]))) {
		dropping = len && fmt[len - 1] != '\n';
		return 0;
	}
	va_start(ap, fmt);
	vsnprintf(cpu_said + n, SAID_MAX - n, fmt, ap);
	va_end(ap);
	return 0;
}
