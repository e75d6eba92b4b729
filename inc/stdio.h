#ifndef PAGEWALK_INC_STDIO_H
#define PAGEWALK_INC_STDIO_H

#include <inc/types.h>
#include <inc/stdarg.h>

/*
 * Console characters. getchar waits for one. iscons is true if a descriptor is
 * the console, which all are here.
 */
void	cputchar(int c);
int	getchar(void);
int	iscons(int fd);

/*
 * lib/printfmt.c: formatted output; putch gets each character.
 * Conversions: %d %i %u %x %X %o %c %s %p %e %%; flags '-', '0', '+', ' ',
 * '#'; width and precision as numbers or '*'; size h, hh, l, ll, z.
 * %e takes a (negative or positive) error code and prints its name.
 */
void	printfmt(void (*putch)(int c, void *dst), void *dst,
		 const char *fmt, ...) PRINTF_LIKE(3, 4);
void	vprintfmt(void (*putch)(int c, void *dst), void *dst,
		  const char *fmt, va_list ap);

/*
 * Write at most size bytes, including the final '\0'. Return the length of the
 * whole text.
 */
int	snprintf(char *buf, size_t size, const char *fmt, ...);
int	vsnprintf(char *buf, size_t size, const char *fmt, va_list ap);

/*
 * Print formatted output on the console, and return the number of characters.
 * The compiler cannot check these formats: it knows another %e.
 */
int	cprintf(const char *fmt, ...);
int	vcprintf(const char *fmt, va_list ap);

/*
 * lib/readline.c: print prompt, read a line with editing and history, and
 * return it without its newline. The buffer is static: the next call reuses
 * it. NULL is reserved for inputs that can end, which the console cannot.
 */
char	*readline(const char *prompt);

/*
 * Completion for readline: line is the text before the cursor. Put the text to
 * append into out (size bytes) and return its length. Return 0 if there is
 * none, or a negative number after printing the choices.
 */
extern int (*readline_complete)(const char *line, char *out, size_t size);

#endif
