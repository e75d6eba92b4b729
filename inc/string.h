#ifndef PAGEWALK_INC_STRING_H
#define PAGEWALK_INC_STRING_H

#include <inc/types.h>

/* lib/string.c: as in ISO C, except where a comment says otherwise. */
size_t	strlen(const char *s);
size_t	strnlen(const char *s, size_t size);
char	*strcpy(char *dst, const char *src);
char	*strncpy(char *dst, const char *src, size_t size);
char	*strcat(char *dst, const char *src);
int	strcmp(const char *a, const char *b);
int	strncmp(const char *a, const char *b, size_t size);
char	*strchr(const char *s, int c);

/* Copy as much as fits, and a '\0'. Return the number of characters copied. */
size_t	strlcpy(char *dst, const char *src, size_t size);

/* Return the first c in s, or the end of s; never NULL. */
char	*strfind(const char *s, int c);

void	*memset(void *dst, int c, size_t len);
void	*memcpy(void *dst, const void *src, size_t len);
void	*memmove(void *dst, const void *src, size_t len);
int	memcmp(const void *a, const void *b, size_t len);

/* Return the first byte c in [s, s + len), or s + len. */
void	*memfind(const void *s, int c, size_t len);

/*
 * lib/number.c: read a number in C's notation (base 0: 0x.. hexadecimal, 0..
 * octal, else decimal) after optional white space and sign. *end becomes the
 * first character after it (s itself if there is no number). A value that does
 * not fit wraps; parse_u32 reports it.
 */
long	strtol(const char *s, char **end, int base);

/*
 * Read all of s as an unsigned 32-bit number in C's notation. Return 0, or
 * -E_INVAL if s is not such a number; *out is then unchanged.
 */
int	parse_u32(const char *s, uint32_t *out);

#endif
