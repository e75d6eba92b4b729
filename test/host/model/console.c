/*
 * The kernel's console: keeps what the kernel prints of environments. This file
 * is compiled against the host's headers.
 */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
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

/* As in cpu.h. */
extern const char *cpu_without_page;
const char *cpu_without_page;

/* paging.c */
void	paging_no_memory(const char *what);
void	paging_lost(unsigned slot);

/*
 * If a program is ended because it cannot have a page, see whether that is so.
 * The numbers in the line are paging.c's.
 */
static int
without_page(const char *fmt, va_list ap)
{
	char line[SAID_MAX];
	const char *slot;

	if (strncmp(fmt, "[%08x] out of memory:", 21) == 0) {
		cpu_without_page = "out of memory";
		paging_no_memory(cpu_without_page);
		return 1;
	}
	if (strncmp(fmt, "[%08x] the page at", 18) == 0) {
		vsnprintf(line, sizeof(line), fmt, ap);
		cpu_without_page = "the page is lost";
		slot = strstr(line, "slot ");
		paging_lost(slot ? strtoul(slot + 5, NULL, 10) : 0);
		return 1;
	}
	return 0;
}

int
cprintf(const char *fmt, ...)
{
	size_t n = strlen(cpu_said), len = strlen(fmt);
	int line_start = !n || cpu_said[n - 1] == '\n';
	va_list ap;
	int ends;

	va_start(ap, fmt);
	ends = without_page(fmt, ap);
	va_end(ap);
	if (ends)
		return 0;
	if (dropping || (line_start && !strchr(KEPT, fmt[0]))) {
		dropping = len && fmt[len - 1] != '\n';
		return 0;
	}
	va_start(ap, fmt);
	vsnprintf(cpu_said + n, SAID_MAX - n, fmt, ap);
	va_end(ap);
	return 0;
}
