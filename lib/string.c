/*
 * Strings and memory. The plain loops are for clarity; memset, memcpy and
 * memmove, through which whole pages go, use the string instructions where the
 * machine has them.
 */

#include <inc/error.h>
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

	/* Downwards only if dst begins inside src: it would be overrun. */
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
	/* Volatile, lest the compiler see a memmove here and call us. */
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

/* Value of c as a digit, or a number too big for any base. */
static unsigned
digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'Z')
		return c - 'A' + 10;
	return 99;
}

/*
 * The digits of a number without sign. Returns the first character after
 * them, or NULL if there are none; *fits says whether it is below 2^32.
 */
static const char *
digits(const char *s, unsigned base, uint32_t *out, bool *fits)
{
	uint64_t value = 0;
	const char *first;

	if ((base == 0 || base == 16) && s[0] == '0'
	    && (s[1] == 'x' || s[1] == 'X') && digit(s[2]) < 16) {
		s += 2;
		base = 16;
	} else if (base == 0)
		base = s[0] == '0' ? 8 : 10;

	*fits = true;
	for (first = s; digit(*s) < base; s++) {
		value = value * base + digit(*s);
		if (value >> 32) {
			*fits = false;
			value = (uint32_t)value;
		}
	}
	*out = value;
	return s == first ? NULL : s;
}

long
strtol(const char *s, char **end, int base)
{
	const char *p = s, *after;
	bool negative, fits;
	uint32_t value = 0;

	while (*p == ' ' || (*p >= '\t' && *p <= '\r'))
		p++;
	negative = *p == '-';
	if (*p == '-' || *p == '+')
		p++;
	after = digits(p, base, &value, &fits);
	if (end)
		*end = (char *)(after ? after : s);
	return negative ? -(long)value : (long)value;
}

int
parse_u32(const char *s, uint32_t *out)
{
	uint32_t value;
	const char *after;
	bool fits;

	after = digits(s, 0, &value, &fits);
	if (!after || *after || !fits)
		return -E_INVAL;
	*out = value;
	return 0;
}
