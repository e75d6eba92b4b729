/* The console, for user programs. */

#include <inc/lib.h>

void
cputchar(int c)
{
	char ch = c;

	sys_cputs(&ch, 1);
}

int
getchar(void)
{
	int c;

	while ((c = sys_cgetc()) == 0)
		sys_yield();
	return c;
}

int
iscons(int fd)
{
	(void)fd;
	return 1;
}

/* The output of one cprintf, collected to make few system calls. */
struct buffer {
	char text[256];
	size_t used;
	int count;
};

static void
flush(struct buffer *b)
{
	sys_cputs(b->text, b->used);
	b->used = 0;
}

static void
put(int c, void *dst)
{
	struct buffer *b = dst;

	b->text[b->used++] = c;
	b->count++;
	if (b->used == sizeof(b->text))
		flush(b);
}

int
vcprintf(const char *fmt, va_list ap)
{
	struct buffer b;

	b.used = 0;
	b.count = 0;
	vprintfmt(put, &b, fmt, ap);
	flush(&b);
	return b.count;
}
