/*
 * Strings and memory. Most functions are plain loops, for clarity. memset,
 * memcpy and memmove, which handle whole pages, use string instructions on x86.
 */

#include <inc/string.h>
#ifdef __i386__
#include <inc/x86.h>
#endif

size_t
strlen(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

size_t
strnlen(const char *s, size_t size)
{
	size_t n = 0;

	while (n < size && s[n])
		n++;
	return n;
}

char *
strcpy(char *dst, const char *src)
{
	char *d = dst;

	while ((*d++ = *src++))
		/* copy */;
	return dst;
}

char *
strncpy(char *dst, const char *src, size_t size)
{
	size_t i;

	for (i = 0; i < size && src[i]; i++)
		dst[i] = src[i];
	for (; i < size; i++)
		dst[i] = '\0';
	return dst;
}

char *
strcat(char *dst, const char *src)
{
	strcpy(dst + strlen(dst), src);
	return dst;
}

size_t
strlcpy(char *dst, const char *src, size_t size)
{
	size_t n;

	if (!size)
		return 0;
	n = strnlen(src, size - 1);
	memcpy(dst, src, n);
	dst[n] = '\0';
	return n;
}

int
strcmp(const char *a, const char *b)
{
	for (; *a && *a == *b; a++, b++)
		/* equal so far */;
	return (unsigned char)*a - (unsigned char)*b;
}

int
strncmp(const char *a, const char *b, size_t size)
{
	for (; size && *a && *a == *b; a++, b++)
		size--;
	return size ? (unsigned char)*a - (unsigned char)*b : 0;
}

char *
strfind(const char *s, int c)
{
	while (*s && *s != (char)c)
		s++;
	return (char *)s;
}

char *
strchr(const char *s, int c)
{
	s = strfind(s, c);
	return *s == (char)c ? (char *)s : NULL;
}

void *
memset(void *dst, int c, size_t len)
{
	unsigned char *d = dst;

#ifdef __i386__
	if (((uintptr_t)dst | len) % 4 == 0) {
		stosl(dst, (uint8_t)c * 0x01010101U, len / 4);
		return dst;
	}
#endif
	while (len--) {
		*(volatile unsigned char *)d = c;
		d++;
	}
	return dst;
}

void *
memcpy(void *dst, const void *src, size_t len)
{
	return memmove(dst, src, len);
}

void *
memmove(void *dst, const void *src, size_t len)
{
	volatile unsigned char *d = dst;
	const unsigned char *s = src;

	/* Copy downwards if dst begins inside src, whose end it overwrites. */
	if ((uintptr_t)dst - (uintptr_t)src < len) {
		while (len--)
			d[len] = s[len];
		return dst;
	}
#ifdef __i386__
	if (((uintptr_t)dst | (uintptr_t)src | len) % 4 == 0) {
		movsl(dst, src, len / 4);
		return dst;
	}
#endif
	/* volatile: the compiler might call memmove for this loop. */
	for (; len; len--)
		*d++ = *s++;
	return dst;
}

int
memcmp(const void *a, const void *b, size_t len)
{
	const unsigned char *p = a, *q = b;

	for (; len; len--, p++, q++)
		if (*p != *q)
			return *p - *q;
	return 0;
}

void *
memfind(const void *s, int c, size_t len)
{
	const unsigned char *p = s;

	while (len && *p != (unsigned char)c)
		p++, len--;
	return (void *)p;
}
