/*
 * Decoding keys. Keys that are not characters arrive as the escape sequences
 * that terminals send (ECMA-48): ESC [ letter, or ESC [ number ~.
 */

#include <inc/stdio.h>
#include <lib/keys.h>

/* A character that was read, but belongs to the next key; 0: none. */
static int pushed_back;

static int
read_char(void)
{
	int c = pushed_back ? pushed_back : getchar();

	pushed_back = 0;
	return c & 0xFF;
}

/* Return the key for the sequence ESC [ number final. */
static int
sequence_key(int final, int number)
{
	switch (final) {
	case 'A':	return KEY_UP;
	case 'B':	return KEY_DOWN;
	case 'C':	return KEY_RIGHT;
	case 'D':	return KEY_LEFT;
	case 'H':	return KEY_HOME;
	case 'F':	return KEY_END;
	case '~':
		return number == 1 || number == 7 ? KEY_HOME
			: number == 4 || number == 8 ? KEY_END
			: number == 3 ? KEY_DEL : KEY_UNKNOWN;
	}
	return KEY_UNKNOWN;
}

/*
 * Read the rest of a sequence that began with ESC, and return its key. Between
 * the introducer and the final character (0x40 to 0x7E), only characters from
 * 0x20 to 0x3F may come. Any other ends the sequence and is a key of its own.
 */
static int
escape_sequence(void)
{
	int c = read_char(), number = 0;

	if (c != '[' && c != 'O') {
		pushed_back = c;
		return KEY_UNKNOWN;
	}
	c = read_char();
	/* The Linux console sends a second '[' for F1 to F5. */
	if (c == '[')
		c = read_char();
	for (; c >= ' ' && c <= '?'; c = read_char()) {
		if (c >= '0' && c <= '9')
			number = (number * 10 + c - '0') % 1000;
		else
			number = 0;
	}
	if (c < '@' || c > '~') {
		pushed_back = c;
		return KEY_UNKNOWN;
	}
	return sequence_key(c, number);
}

int
readline_key(void)
{
	static bool after_return;
	int c = read_char();

	/* Some terminals send return and newline for one key. */
	if (c == '\n' && after_return)
		c = read_char();
	after_return = c == '\r';
	return c == CTRL('[') ? escape_sequence() : c;
}
