/*
 * The console: sends output to all devices, and takes input from whichever has
 * some. Devices are polled, so it works from the first line of C on and in the
 * middle of a panic.
 */

#include <inc/stdio.h>
#include <kern/dev/console.h>
#include <kern/dev/timer.h>

/* Column that the next character goes to. */
static int column;

void
cons_init(void)
{
	cga_init();
	kbd_init();
	serial_init();
	/* What the firmware left on the serial line may lack its newline. */
	serial_putc('\n');
}

void
cputchar(int c)
{
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
 * What is typed or pasted comes quickly, character after character: only when
 * none has come for so many looks, some milliseconds, the processor rests
 * between them, until the timer's next tick.
 */
#define LOOKS	10000

int
getchar(void)
{
	int c, looks = LOOKS;

	while ((c = cons_getc()) == 0)
		if (looks)
			looks--;
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
