#ifndef PAGEWALK_KERN_CONSOLE_H
#define PAGEWALK_KERN_CONSOLE_H

#include <inc/types.h>
#include <inc/stdarg.h>

/*
 * The console is VGA text, serial line and keyboard at once: each character
 * goes to both outputs, and input comes from either.
 */
void	cons_init(void);

/* Next input character, or 0 if there is none. Does not wait. */
int	cons_getc(void);

/* Put the cursor at the start of a line, if it isn't there. */
void	cons_fresh_line(void);

/* On a line of its own: what at file:line, and the message. */
void	vcprintf_at(const char *what, const char *file, int line,
		    const char *fmt, va_list ap);

/* The devices, each in its own file. */
void	serial_init(void);
void	serial_putc(int c);
int	serial_getc(void);	/* -1: nothing there */

void	cga_init(void);
void	cga_putc(int c);

void	kbd_init(void);
int	kbd_getc(void);		/* -1: nothing there */

#endif
