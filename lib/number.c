/* Numbers from text. */

#include <inc/error.h>
#include <inc/string.h>

/* Return the value of c as a digit, or a value too big for any base. */
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
 * Read an unsigned number into *out. Return the first character after it, or
 * NULL if there is no digit. *fits becomes false if the number is 2^32 or more.
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
