/*
 * Formatted output: the conversions of inc/stdio.h, to any sink.
 *
 * Not its job: where characters go. No buffer, no allocation, and no 64-bit
 * division, which 32-bit compilers would call a library for.
 */

#include <inc/error.h>
#include <inc/stdio.h>
#include <inc/string.h>

static const char *const error_names[MAXERROR] = {
	[E_UNSPECIFIED]		= "unspecified error",
	[E_BAD_ENV]		= "bad environment",
	[E_INVAL]		= "invalid parameter",
	[E_NO_MEM]		= "out of memory",
	[E_NO_FREE_ENV]		= "no free environment",
	[E_FAULT]		= "bad address",
	[E_IPC_NOT_RECV]	= "the receiver is not waiting",
	[E_EOF]			= "end of file",
	[E_NO_DISK]		= "the disk is full",
	[E_MAX_OPEN]		= "too many open files",
	[E_NOT_FOUND]		= "not found",
	[E_BAD_PATH]		= "bad path",
	[E_FILE_EXISTS]		= "exists already",
	[E_NOT_EXEC]		= "not a program",
	[E_NOT_SUPP]		= "not supported",
};

/* One conversion, between '%' and its letter. */
struct spec {
	bool left, zero, plus, space, alternate;
	int width;
	int precision;		/* -1: none given */
	int size;		/* 2: long long, 1: long, 0: int, -1 .. -2 */
};

struct sink {
	void (*putch)(int c, void *dst);
	void *dst;
};

static void
put(struct sink *s, char c)
{
	s->putch((unsigned char)c, s->dst);
}

static void
pad(struct sink *s, char c, int count)
{
	while (count-- > 0)
		put(s, c);
}

/*
 * Divide *value by base (2 to 16) and return the remainder: long division in
 * digits of 16 bits, so that 32-bit instructions do.
 */
static unsigned
divide_step(uint64_t *value, unsigned base)
{
	uint32_t word[2] = { *value >> 32, *value };
	uint32_t hi, lo, rest = 0;
	int i;

	for (i = 0; i < 2; i++) {
		hi = rest << 16 | word[i] >> 16;
		lo = hi % base << 16 | (word[i] & 0xFFFF);
		word[i] = hi / base << 16 | lo / base;
		rest = lo % base;
	}
	*value = (uint64_t)word[0] << 32 | word[1];
	return rest;
}

/* Text of len characters with its prefix (sign, 0x), padded to the width. */
static void
put_padded(struct sink *s, const struct spec *spec, const char *prefix,
	   int zeros, const char *text, int len)
{
	int fill = spec->width - (int)strlen(prefix) - zeros - len;

	if (!spec->left && !spec->zero)
		pad(s, ' ', fill);
	while (*prefix)
		put(s, *prefix++);
	if (!spec->left && spec->zero)
		pad(s, '0', fill);
	pad(s, '0', zeros);
	while (len-- > 0)
		put(s, *text++);
	if (spec->left)
		pad(s, ' ', fill);
}

static void
put_number(struct sink *s, struct spec *spec, uint64_t value, unsigned base,
	   bool upper, const char *prefix)
{
	const char *symbols = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	char buf[24], *p = buf + sizeof(buf);
	int len;

	/* ISO C: a precision of 0 prints nothing for 0. */
	while (value || (p == buf + sizeof(buf) && spec->precision != 0))
		*--p = symbols[divide_step(&value, base)];
	len = buf + sizeof(buf) - p;
	if (spec->precision >= 0)
		spec->zero = false;
	put_padded(s, spec, prefix, MAX(spec->precision - len, 0), p, len);
}

static void
put_string(struct sink *s, struct spec *spec, const char *text)
{
	if (!text)
		text = "(null)";
	spec->zero = false;
	put_padded(s, spec, "", 0, text,
		   spec->precision < 0 ? strlen(text)
		   : strnlen(text, spec->precision));
}

/* %e: the name of an error code, whichever its sign. */
static void
put_error(struct sink *s, struct spec *spec, int code)
{
	unsigned number = code < 0 ? -(unsigned)code : (unsigned)code;
	char buf[24];

	if (number < MAXERROR && error_names[number]) {
		put_string(s, spec, error_names[number]);
		return;
	}
	snprintf(buf, sizeof(buf), "error %d", code);
	put_string(s, spec, buf);
}

/* The next argument, as wide as the conversion said. */
static uint64_t
next_unsigned(const struct spec *spec, va_list *ap)
{
	switch (spec->size) {
	case 2:		return va_arg(*ap, unsigned long long);
	case 1:		return va_arg(*ap, unsigned long);
	case -1:	return (unsigned short)va_arg(*ap, unsigned);
	case -2:	return (unsigned char)va_arg(*ap, unsigned);
	}
	return va_arg(*ap, unsigned);
}

static int64_t
next_signed(const struct spec *spec, va_list *ap)
{
	switch (spec->size) {
	case 2:		return va_arg(*ap, long long);
	case 1:		return va_arg(*ap, long);
	case -1:	return (short)va_arg(*ap, int);
	case -2:	return (signed char)va_arg(*ap, int);
	}
	return va_arg(*ap, int);
}

static void
put_signed(struct sink *s, struct spec *spec, int64_t value)
{
	const char *sign = spec->plus ? "+" : spec->space ? " " : "";

	if (value < 0)
		put_number(s, spec, -(uint64_t)value, 10, false, "-");
	else
		put_number(s, spec, value, 10, false, sign);
}

/* A number, or '*' for one from the arguments. */
static const char *
parse_count(const char *fmt, int *count, va_list *ap)
{
	if (*fmt == '*') {
		*count = va_arg(*ap, int);
		return fmt + 1;
	}
	for (*count = 0; *fmt >= '0' && *fmt <= '9'; fmt++)
		*count = *count * 10 + (*fmt - '0');
	return fmt;
}

/* What stands between '%' and the letter; returns where the letter is. */
static const char *
parse_spec(const char *fmt, struct spec *spec, va_list *ap)
{
	*spec = (struct spec) { .precision = -1 };
	for (;; fmt++) {
		if (*fmt == '-')
			spec->left = true;
		else if (*fmt == '0')
			spec->zero = true;
		else if (*fmt == '+')
			spec->plus = true;
		else if (*fmt == ' ')
			spec->space = true;
		else if (*fmt == '#')
			spec->alternate = true;
		else
			break;
	}
	fmt = parse_count(fmt, &spec->width, ap);
	if (spec->width < 0) {
		spec->left = true;
		spec->width = -spec->width;
	}
	if (*fmt == '.')
		fmt = parse_count(fmt + 1, &spec->precision, ap);
	for (;; fmt++) {
		if (*fmt == 'l')
			spec->size++;
		else if (*fmt == 'h')
			spec->size--;
		else if (*fmt == 'z')
			spec->size = 1;	/* size_t is as wide as long */
		else
			return fmt;
	}
}

/* Print one conversion; false if the letter means nothing here. */
static bool
convert(struct sink *s, char letter, struct spec *spec, va_list *ap)
{
	uint64_t value;
	char c;

	switch (letter) {
	case 'd':
	case 'i':
		put_signed(s, spec, next_signed(spec, ap));
		return true;
	case 'u':
		put_number(s, spec, next_unsigned(spec, ap), 10, false, "");
		return true;
	case 'o':
		value = next_unsigned(spec, ap);
		put_number(s, spec, value, 8, false,
			   spec->alternate && value ? "0" : "");
		return true;
	case 'x':
	case 'X':
		value = next_unsigned(spec, ap);
		put_number(s, spec, value, 16, letter == 'X',
			   !spec->alternate || !value ? ""
			   : letter == 'X' ? "0X" : "0x");
		return true;
	case 'p':
		put_number(s, spec, (uintptr_t)va_arg(*ap, void *), 16, false,
			   "0x");
		return true;
	case 'c':
		c = va_arg(*ap, int);
		spec->zero = false;
		put_padded(s, spec, "", 0, &c, 1);
		return true;
	case 's':
		put_string(s, spec, va_arg(*ap, const char *));
		return true;
	case 'e':
		put_error(s, spec, va_arg(*ap, int));
		return true;
	case '%':
		put(s, '%');
		return true;
	}
	return false;
}

void
vprintfmt(void (*putch)(int c, void *dst), void *dst, const char *fmt,
	  va_list args)
{
	struct sink s = { putch, dst };
	const char *start;
	struct spec spec;
	va_list ap;

	/* A copy: only a va_list of our own can be passed by address. */
	va_copy(ap, args);
	while (*fmt) {
		if (*fmt != '%') {
			put(&s, *fmt++);
			continue;
		}
		start = fmt;
		fmt = parse_spec(fmt + 1, &spec, &ap);
		if (*fmt && convert(&s, *fmt, &spec, &ap)) {
			fmt++;
			continue;
		}
		/* Not a conversion: as it stands, that it may be noticed. */
		put(&s, '%');
		fmt = start + 1;
	}
	va_end(ap);
}

void
printfmt(void (*putch)(int c, void *dst), void *dst, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintfmt(putch, dst, fmt, ap);
	va_end(ap);
}

struct buffer {
	char *next, *last;	/* last: where the final '\0' may go */
	int count;
};

static void
buffer_put(int c, void *dst)
{
	struct buffer *b = dst;

	b->count++;
	if (b->next < b->last)
		*b->next++ = c;
}

int
vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
	struct buffer b = { buf, size ? buf + size - 1 : buf, 0 };

	vprintfmt(buffer_put, &b, fmt, ap);
	if (size)
		*b.next = '\0';
	return b.count;
}

int
snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int count;

	va_start(ap, fmt);
	count = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return count;
}
