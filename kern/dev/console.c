/*
 * The console: sends output to all devices, and reads input from any of them.
 * Devices are polled, so it works from the first line of C on and during a
 * panic.
 */

#include <inc/stdio.h>
#include <kern/dev/console.h>
#include <kern/dev/timer.h>

bool cons_muted;

/* The column of the next character. */
static int column;

void
cons_init(void)
{
	cga_init();
	kbd_init();
	serial_init();
	/* The firmware's last line may have no newline. */
	serial_putc('\n');
}

void
cputchar(int c)
{
	if (cons_muted)
		return;
	if (c == '\n' || c == '\r')
		column = 0;
	else if (c == '\b')
		column -= column > 0;
	else if (c != '\a')
		column++;
	serial_putc(c);
	cga_putc(c);
}

void
cons_fresh_line(void)
{
	if (column)
		cputchar('\n');
}

int
cons_getc(void)
{
	int c = serial_getc();

	if (c < 0)
		c = kbd_getc();
	return c < 0 ? 0 : c;
}

/*
 * Pasted characters arrive faster than timer ticks. So halt until the next tick
 * between polls, but only after this many empty polls (a few milliseconds).
 */
#define BUSY_POLLS	10000

int
getchar(void)
{
	int c, polls = BUSY_POLLS;

	while ((c = cons_getc()) == 0)
		if (polls)
			polls--;
		else
			idle();
	return c;
}

int
iscons(int fd)
{
	(void)fd;
	return 1;
}

/* --- Formatted output -------------------------------------------------- */

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
