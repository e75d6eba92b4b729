/*
 * Reading a line from the console, with editing, history and completion.
 *
 * The terminal needs to understand only backspace, which moves left, and
 * characters that overwrite. VGA and all serial terminals do.
 *
 * Limits: LINE_MAX characters. More are refused with a bell, as are keys
 * without a meaning. On a serial terminal, a line wider than the screen is
 * edited correctly but shown incorrectly.
 */

#include <inc/stdio.h>
#include <inc/string.h>
#include <lib/keys.h>

#define LINE_MAX	255
#define NHISTORY	16

int (*readline_complete)(const char *line, char *out, size_t size);

/* The line, the cursor in it, and its length. */
static char line[LINE_MAX + 1];
static int at, len;

/* Lines entered before, the latest first. */
static char history[NHISTORY][LINE_MAX + 1];
static int nhistory;

/* --- Editing: each function changes line and screen alike -------------- */

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

/* Not inline: for to = 0, gcc -O3 would imagine a negative index. */
static NOINLINE void
move_to(int to)
{
	back(at - to);
	while (at < to)
		cputchar(line[at++]);
	at = to;
}

/* Print the line from the cursor on, then `erased` blanks. */
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
erase_before(void)
{
	if (at > 0)
		erase_back_to(at - 1);
	else
		bell();
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

static void
erase_to_end(void)
{
	int from = at;

	move_to(len);
	erase_back_to(from);
}

/* Return where the word before the cursor begins. */
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

/*
 * Replace the line with history entry `to`, where -1 is the unfinished new
 * line. Return the entry that is then shown: `to`, or `from` if there is no
 * such entry.
 */
static int
recall(int from, int to)
{
	static char unfinished[LINE_MAX + 1];

	if (to < -1 || to >= nhistory) {
		bell();
		return from;
	}
	line[len] = '\0';
	if (from == -1)
		strcpy(unfinished, line);
	replace_line(to == -1 ? unfinished : history[to]);
	return to;
}

/* --- Reading a line ---------------------------------------------------- */

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
	/* It printed the choices: print the line again below them. */
	cprintf("%s", prompt);
	at = 0;
	move_to(len);
	move_to(cursor);
}

/* Obey a key that moves the cursor; false if key is none. */
static bool
move_by(int key)
{
	switch (key) {
	case KEY_LEFT:
	case CTRL('B'):
		if (at > 0)
			move_to(at - 1);
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
	}
	return false;
}

/* Obey a key that erases characters; false if key is none. */
static bool
erase_by(int key)
{
	switch (key) {
	case '\b':
	case '\x7F':
		erase_before();
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
		erase_to_end();
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
		key = readline_key();
		if (move_by(key) || erase_by(key))
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
