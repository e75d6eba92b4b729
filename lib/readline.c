/*
 * Reading a line from the console, with editing, history and completion.
 *
 * The terminal is asked for little: backspace moves left, characters overwrite.
 * That works on VGA and on any serial terminal. Keys that are not characters
 * arrive as the escape sequences that terminals send (ECMA-48): ESC [ letter,
 * or ESC [ number ~.
 *
 * Limits: LINE_MAX characters; more are refused with a bell, as is any other
 * key without a meaning. On a serial terminal, a line wider than the screen
 * is edited right but shown wrong.
 */

#include <inc/stdio.h>
#include <inc/string.h>

#define LINE_MAX	255
#define NHISTORY	16

#define CTRL(c)		((c) & 0x1F)

/* Codes for keys that have none of their own. */
enum {
	KEY_UP = 0x100, KEY_DOWN, KEY_RIGHT, KEY_LEFT, KEY_HOME, KEY_END,
	KEY_DEL, KEY_UNKNOWN,
};

int (*readline_complete)(const char *line, char *out, size_t size);

/* The line, the cursor in it, and its length. */
static char line[LINE_MAX + 1];
static int at, len;

/* Lines entered before; history[0] is the last. */
static char history[NHISTORY][LINE_MAX + 1];
static int nhistory;

/* --- Keys -------------------------------------------------------------- */

/* A character that was read but belongs to the next key; 0: none. */
static int pushed_back;

static int
read_char(void)
{
	int c = pushed_back ? pushed_back : getchar();

	pushed_back = 0;
	return c & 0xFF;
}

/* The key for the final character of a sequence ESC [ number character. */
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
 * What follows ESC: a whole sequence as one key. Between the introducer and the
 * final character (0x40 to 0x7E) stand only characters from 0x20 to 0x3F; any
 * other ends it, and is a key of its own.
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
	/* The Linux console's F1 to F5 have one more introducer. */
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

static int
read_key(void)
{
	static bool after_return;
	int c = read_char();

	/* A terminal may send return and newline for one key. */
	if (c == '\n' && after_return)
		c = read_char();
	after_return = c == '\r';
	return c == CTRL('[') ? escape_sequence() : c;
}

/* --- Editing: each keeps screen and line the same ----------------------- */

static void
bell(void)
{
	cputchar('\a');
}

static void
back(int count)
{
	while (count-- > 0)
		cputchar('\b');
}

static void
move_to(int to)
{
	back(at - to);
	while (at < to)
		cputchar(line[at++]);
	at = to;
}

/* Show the line from the cursor on, and `erased` blanks behind it. */
static void
show_rest(int erased)
{
	int i;

	for (i = at; i < len; i++)
		cputchar(line[i]);
	for (i = 0; i < erased; i++)
		cputchar(' ');
	back(len - at + erased);
}

static void
insert(char c)
{
	if (len == LINE_MAX) {
		bell();
		return;
	}
	memmove(&line[at + 1], &line[at], len - at);
	line[at] = c;
	len++;
	cputchar(c);
	at++;
	show_rest(0);
}

/* Delete the characters from `from` up to the cursor. */
static void
erase_back_to(int from)
{
	int count = at - from;

	memmove(&line[from], &line[at], len - at);
	len -= count;
	move_to(from);
	show_rest(count);
}

static void
erase_at(void)
{
	if (at == len) {
		bell();
		return;
	}
	move_to(at + 1);
	erase_back_to(at - 1);
}

static int
word_start(void)
{
	int i = at;

	while (i > 0 && line[i - 1] == ' ')
		i--;
	while (i > 0 && line[i - 1] != ' ')
		i--;
	return i;
}

static void
replace_line(const char *text)
{
	move_to(len);
	erase_back_to(0);
	while (*text)
		insert(*text++);
}

/* --- History ----------------------------------------------------------- */

static void
remember_line(void)
{
	int i;

	if (!len || (nhistory && strcmp(history[0], line) == 0))
		return;
	if (nhistory < NHISTORY)
		nhistory++;
	for (i = nhistory - 1; i > 0; i--)
		strcpy(history[i], history[i - 1]);
	strcpy(history[0], line);
}

/* Go to entry `to`, -1 being the line that was begun; returns where we are. */
static int
recall(int from, int to)
{
	static char begun[LINE_MAX + 1];

	if (to < -1 || to >= nhistory) {
		bell();
		return from;
	}
	line[len] = '\0';
	if (from == -1)
		strcpy(begun, line);
	replace_line(to == -1 ? begun : history[to]);
	return to;
}

/* --- All together ------------------------------------------------------ */

static void
complete(const char *prompt)
{
	char more[LINE_MAX + 1];
	char start[LINE_MAX + 1];
	int i, n, cursor = at;

	strlcpy(start, line, at + 1);
	n = readline_complete ? readline_complete(start, more, sizeof(more))
		: 0;
	if (n == 0)
		bell();
	for (i = 0; i < n; i++)
		insert(more[i]);
	if (n >= 0)
		return;
	/* It printed the choices: begin again below them. */
	cprintf("%s", prompt);
	at = 0;
	move_to(len);
	move_to(cursor);
}

/* Keys that only move or erase; false if key is none. */
static bool
edit(int key)
{
	switch (key) {
	case KEY_LEFT:
	case CTRL('B'):
		move_to(MAX(at - 1, 0));
		return true;
	case KEY_RIGHT:
	case CTRL('F'):
		move_to(MIN(at + 1, len));
		return true;
	case KEY_HOME:
	case CTRL('A'):
		move_to(0);
		return true;
	case KEY_END:
	case CTRL('E'):
		move_to(len);
		return true;
	case '\b':
	case '\x7F':
		if (at > 0)
			erase_back_to(at - 1);
		else
			bell();
		return true;
	case KEY_DEL:
	case CTRL('D'):
		erase_at();
		return true;
	case CTRL('U'):
		erase_back_to(0);
		return true;
	case CTRL('W'):
		erase_back_to(word_start());
		return true;
	case CTRL('K'):
		key = at;
		move_to(len);
		erase_back_to(key);
		return true;
	}
	return false;
}

char *
readline(const char *prompt)
{
	int key, entry = -1;

	if (!prompt)
		prompt = "";
	cprintf("%s", prompt);
	at = len = 0;
	for (;;) {
		key = read_key();
		if (edit(key))
			continue;
		if (key == '\r' || key == '\n')
			break;
		if (key == KEY_UP || key == CTRL('P'))
			entry = recall(entry, entry + 1);
		else if (key == KEY_DOWN || key == CTRL('N'))
			entry = recall(entry, entry - 1);
		else if (key == '\t')
			complete(prompt);
		else if (key == CTRL('C')) {
			cprintf("^C");
			len = 0;
			break;
		} else if (key >= ' ' && key <= '~')
			insert(key);
		else
			bell();
	}
	cputchar('\n');
	line[len] = '\0';
	remember_line();
	return line;
}
