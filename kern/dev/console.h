#ifndef PAGEWALK_KERN_CONSOLE_H
#define PAGEWALK_KERN_CONSOLE_H

#include <inc/types.h>
#include <inc/stdarg.h>

/*
 * The console is the screen, the serial line and the keyboard. It sends each
 * character to both outputs, and reads both inputs.
 */
void	cons_init(void);

/*
 * True: print nothing. Checks set it while they call a function that reports an
 * environment's end, since nothing has gone wrong then.
 */
extern bool cons_muted;

/* Return the next input character, or 0 if there is none. Does not wait. */
int	cons_getc(void);

/* Start a new line, unless the cursor is at the start of one. */
void	cons_fresh_line(void);

/* Print "WHAT at FILE:LINE: message" on a line of its own. */
void	vcprintf_at(const char *what, const char *file, int line,
		    const char *fmt, va_list ap);

/* The devices, each in its own file. */
void	serial_init(void);
void	serial_putc(int c);
int	serial_getc(void);	/* -1: no input */

void	cga_init(void);
void	cga_putc(int c);

void	kbd_init(void);
int	kbd_getc(void);		/* -1: no input */

#endif
