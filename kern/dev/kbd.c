/*
 * The PS/2 keyboard: turns scan codes into characters, for the US layout. The
 * 8042 controller delivers codes of set 1 (IBM PS/2 Technical Reference,
 * "Keyboard").
 *
 * Keys without a character become the escape sequences that a terminal sends
 * for them, so the line editor reads both in the same way.
 */

#include <inc/string.h>
#include <inc/x86.h>
#include <kern/dev/console.h>
#include <kern/dev/power.h>

#define KBD_DATA	0x60
#define KBD_STATUS	0x64
#define   STATUS_FULL	0x01	/* a byte can be read */
#define   STATUS_MOUSE	0x20	/* the byte is from the mouse */

#define CODE_EXTENDED	0xE0	/* the next code is from the grey keys */
#define CODE_BREAK	0x80	/* set when a key goes up */

#define KEY_ESC		0x01
#define KEY_CTRL	0x1D
#define KEY_LSHIFT	0x2A
#define KEY_RSHIFT	0x36
#define KEY_ALT		0x38
#define KEY_CAPS	0x3A
#define KEY_DELETE	0x53	/* extended */

/* Characters by scan code, 0x00 to 0x39; 0 for a key without a character. */
static const char plain[] =
	"\0\033" "1234567890-=\b\t"
	"qwertyuiop[]\n\0"
	"asdfghjkl;'`\0\\"
	"zxcvbnm,./\0*\0 ";
static const char shifted[] =
	"\0\033" "!@#$%^&*()_+\b\t"
	"QWERTYUIOP{}\n\0"
	"ASDFGHJKL:\"~\0|"
	"ZXCVBNM<>?\0*\0 ";
_Static_assert(sizeof(plain) == 0x3A + 1, "one character a scan code");
_Static_assert(sizeof(shifted) == sizeof(plain), "the same keys");

/* A terminal's escape sequences for keys of the keypad and grey keys. */
static const struct {
	uint8_t code;
	char sequence[5];
} cursor_keys[] = {
	{ 0x47, "\033[H" },	/* Home */
	{ 0x48, "\033[A" },	/* up */
	{ 0x4A, "-" },		/* on the keypad */
	{ 0x4B, "\033[D" },	/* left */
	{ 0x4D, "\033[C" },	/* right */
	{ 0x4E, "+" },		/* on the keypad */
	{ 0x4F, "\033[F" },	/* End */
	{ 0x50, "\033[B" },	/* down */
	{ KEY_DELETE, "\033[3~" },
};

static bool shift, ctrl, alt, caps, extended;

/* The rest of an escape sequence that is being delivered. */
static const char *pending = "";

void
kbd_init(void)
{
	/* Discard keys pressed before boot. */
	while (kbd_getc() >= 0)
		/* drop */;
}

/* Update the state of a modifier key. Returns false for other keys. */
static bool
modifier(uint8_t key, bool down)
{
	switch (key) {
	case KEY_LSHIFT:
	case KEY_RSHIFT:
		/* With CODE_EXTENDED, these only frame the grey keys' codes. */
		if (!extended)
			shift = down;
		return true;
	case KEY_CTRL:
		ctrl = down;
		return true;
	case KEY_ALT:
		alt = down;
		return true;
	case KEY_CAPS:
		caps ^= down;
		return true;
	}
	return false;
}

/* Return the character of a key that went down, or -1. */
static int
translate(uint8_t key)
{
	size_t i;
	int c;

	if (extended && ctrl && alt && key == KEY_DELETE)
		reset();
	for (i = 0; i < ARRAY_SIZE(cursor_keys); i++)
		if (key == cursor_keys[i].code) {
			pending = cursor_keys[i].sequence + 1;
			return cursor_keys[i].sequence[0];
		}
	/* Only Enter and / of the other grey keys have characters. */
	if (extended && key != 0x1C && key != 0x35)
		return -1;
	if (key >= sizeof(plain) - 1)
		return -1;
	c = shift && !extended ? shifted[key] : plain[key];
	if (caps && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')))
		c ^= 'a' ^ 'A';
	if (ctrl && c >= '@' && c <= '~')
		c &= 0x1F;
	return c ? c : -1;
}

int
kbd_getc(void)
{
	uint8_t status, code;
	int c;

	if (*pending)
		return *pending++;
	for (;;) {
		status = inb(KBD_STATUS);
		/* All ones: there is no controller. */
		if (!(status & STATUS_FULL) || status == 0xFF)
			return -1;
		code = inb(KBD_DATA);
		if (status & STATUS_MOUSE)
			continue;
		if (code == CODE_EXTENDED) {
			extended = true;
			continue;
		}
		c = -1;
		if (!modifier(code & ~CODE_BREAK, !(code & CODE_BREAK))
		    && !(code & CODE_BREAK))
			c = translate(code);
		extended = false;
		if (c >= 0)
			return c;
	}
}
