/*
 * Text on the screen: 25 rows of 80 cells in video memory, each a character
 * and an attribute, and a cursor set through the 6845's registers (IBM VGA
 * Technical Reference). Without a text adapter, the stores have no effect.
 */

#include <inc/memlayout.h>
#include <inc/string.h>
#include <inc/x86.h>
#include <kern/dev/console.h>

#define ROWS		25
#define COLS		80
#define NCELLS		(ROWS * COLS)

#define COLOUR_TEXT	0xB8000
#define MONO_TEXT	0xB0000
#define COLOUR_CRTC	0x3D4
#define MONO_CRTC	0x3B4

/* Where the BIOS stores the port of the active adapter (BIOS data area). */
#define BDA_CRTC	0x463

#define CRTC_CURSOR_HI	14
#define CRTC_CURSOR_LO	15

#define BLANK		(0x0700 | ' ')	/* light grey on black */

static uint16_t *cells;
static uint16_t crtc;
static uint16_t cursor;

static void
crtc_write(uint8_t reg, uint8_t value)
{
	outb(crtc, reg);
	outb(crtc + 1, value);
}

static uint8_t
crtc_read(uint8_t reg)
{
	outb(crtc, reg);
	return inb(crtc + 1);
}

void
cga_init(void)
{
	bool mono = *(uint16_t *)(KERNBASE + BDA_CRTC) == MONO_CRTC;

	crtc = mono ? MONO_CRTC : COLOUR_CRTC;
	cells = (uint16_t *)(KERNBASE + (mono ? MONO_TEXT : COLOUR_TEXT));
	/* Continue after the firmware's output. */
	cursor = crtc_read(CRTC_CURSOR_HI) << 8 | crtc_read(CRTC_CURSOR_LO);
	if (cursor >= NCELLS)
		cursor = 0;
	if (cursor % COLS)
		cga_putc('\n');
}

static void
scroll(void)
{
	int i;

	movsl(cells, cells + COLS, (NCELLS - COLS) / 2);
	for (i = NCELLS - COLS; i < NCELLS; i++)
		cells[i] = BLANK;
	cursor -= COLS;
}

void
cga_putc(int c)
{
	switch (c & 0xFF) {
	case '\b':
		if (cursor > 0)
			cursor--;
		break;
	case '\n':
		cursor += COLS;
		/* fall through */
	case '\r':
		cursor -= cursor % COLS;
		break;
	case '\t':
		do
			cga_putc(' ');
		while (cursor % 8);
		return;
	case '\a':
		return;
	default:
		cells[cursor++] = (BLANK & 0xFF00) | (c & 0xFF);
	}
	if (cursor >= NCELLS)
		scroll();
	crtc_write(CRTC_CURSOR_HI, cursor >> 8);
	crtc_write(CRTC_CURSOR_LO, cursor & 0xFF);
}
