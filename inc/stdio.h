#ifndef PAGEWALK_INC_STDIO_H
#define PAGEWALK_INC_STDIO_H

#include <inc/types.h>
#include <inc/stdarg.h>

/*
 * Console characters. getchar waits; iscons says whether a descriptor is the
 * console (in the kernel it always is).
 */
void	cputchar(int c);
int	getchar(void);
int	iscons(int fd);

/*
 * lib/printfmt.c: formatted output to whatever putch does with a character.
 * Conversions: %d %i %u %x %X %o %c %s %p %e %%; flags '-', '0', '+', ' ',
 * '#'; width and precision as numbers or '*'; size h, hh, l, ll, z.
 * %e takes a (negative or positive) error code and prints its name.
 */
void	printfmt(void (*putch)(int c, void *dst), void *dst,
		 const char *fmt, ...) PRINTF_LIKE(3, 4);
void	vprintfmt(void (*putch)(int c, void *dst), void *dst,
		  const char *fmt, va_list ap);

/*
 * Write at most size bytes, the final '\0' included, and return how many
 * characters the whole text has.
 */
int	snprintf(char *buf, size_t size, const char *fmt, ...);
int	vsnprintf(char *buf, size_t size, const char *fmt, va_list ap);

/*
 * Formatted output on the console; returns the number of characters. The
 * compiler cannot check formats here: it knows another %e.
 */
int	cprintf(const char *fmt, ...);
int	vcprintf(const char *fmt, va_list ap);

/*
 * lib/readline.c: print prompt, read a line with editing and history, and
 * return it without its newline. The buffer is static: the next call reuses
 * it. NULL is kept for inputs that end; the console does not.
 */
char	*readline(const char *prompt);

/*
 * Completion for readline: given what stands before the cursor, put the text
 * to append into out (size bytes) and return its length; 0 to do nothing.
 */
extern int (*readline_complete)(const char *line, char *out, size_t size);

#endif
