/*
 * Formatted output, with the conversions of inc/stdio.h. Each character goes to
 * a function of the caller's.
 *
 * Uses no buffer, no allocation, and no 64-bit division, for which 32-bit
 * compilers would call a library.
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

/* A conversion: what is between '%' and its letter. */
struct spec {
	bool left, zero, plus, space, alternate;
	int width;
	int precision;		/* -1: none given */
	int size;		/* ll 2, l 1, none 0, h -1, hh -2 */
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
 * Divide *value by base (2 to 16) and return the remainder. Long division in
 * digits of 16 bits needs only 32-bit instructions.
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

/* Print a prefix (sign, 0x), zeros and len characters, padded to the width. */
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

	/* ISO C: with a precision of 0, the number 0 prints no digit. */
	while (value || (p == buf + sizeof(buf) && spec->precision != 0))
		*--p = symbols[divide_step(&value, base)];
	len = buf + sizeof(buf) - p;
	if (spec->precision >= 0)
		spec->zero = false;
	put_padded(s, spec, prefix, MAX(spec->precision - len, 0), p, len);
}

static void
put_char(struct sink *s, struct spec *spec, char c)
{
	spec->zero = false;
	put_padded(s, spec, "", 0, &c, 1);
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

/* Print an error code's name, whatever its sign (%e). */
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

/* Fetch the next argument, of the conversion's size. */
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

static void
put_unsigned(struct sink *s, struct spec *spec, char letter, uint64_t value)
{
	bool prefix = spec->alternate && value;

	switch (letter) {
	case 'u':
		put_number(s, spec, value, 10, false, "");
		break;
	case 'o':
		put_number(s, spec, value, 8, false, prefix ? "0" : "");
		break;
	case 'x':
		put_number(s, spec, value, 16, false, prefix ? "0x" : "");
		break;
	case 'X':
		put_number(s, spec, value, 16, true, prefix ? "0X" : "");
		break;
	}
}

/* Parse a number, or '*', which takes the next argument. */
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

static const char *
parse_flags(const char *fmt, struct spec *spec)
{
	for (;; fmt++)
		switch (*fmt) {
		case '-':	spec->left = true; break;
		case '0':	spec->zero = true; break;
		case '+':	spec->plus = true; break;
		case ' ':	spec->space = true; break;
		case '#':	spec->alternate = true; break;
		default:	return fmt;
		}
}

static const char *
parse_size(const char *fmt, struct spec *spec)
{
	for (;; fmt++)
		switch (*fmt) {
		case 'l':	spec->size++; break;
		case 'h':	spec->size--; break;
		/* size_t is as wide as long. */
		case 'z':	spec->size = 1; break;
		default:	return fmt;
		}
}

/* Parse what is between '%' and the letter; return where the letter is. */
static const char *
parse_spec(const char *fmt, struct spec *spec, va_list *ap)
{
	*spec = (struct spec) { .precision = -1 };
	fmt = parse_flags(fmt, spec);
	fmt = parse_count(fmt, &spec->width, ap);
	if (spec->width < 0) {
		spec->left = true;
		spec->width = -spec->width;
	}
	if (*fmt == '.')
		fmt = parse_count(fmt + 1, &spec->precision, ap);
	return parse_size(fmt, spec);
}

/* Print one conversion; false if there is none for the letter. */
static bool
convert(struct sink *s, char letter, struct spec *spec, va_list *ap)
{
	switch (letter) {
	case 'd':
	case 'i':
		put_signed(s, spec, next_signed(spec, ap));
		return true;
	case 'u':
	case 'o':
	case 'x':
	case 'X':
		put_unsigned(s, spec, letter, next_unsigned(spec, ap));
		return true;
	case 'p':
		put_number(s, spec, (uintptr_t)va_arg(*ap, void *), 16, false,
			   "0x");
		return true;
	case 'c':
		put_char(s, spec, va_arg(*ap, int));
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

	/* Copy: the address of a va_list parameter may have another type. */
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
		/* Not a conversion: print it, so that it is noticed. */
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
	char *next, *last;	/* last: where '\0' fits */
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
