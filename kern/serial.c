/*
 * The first serial port, COM1: a 16550 or one of its ancestors (National
 * Semiconductor PC16550D data sheet). Polled; 115200 baud, 8 bits, no parity.
 */

#include <inc/x86.h>
#include <kern/console.h>

#define COM1		0x3F8

#define COM_DATA	0	/* data; divisor low byte if DLAB */
#define COM_IER		1	/* interrupts; divisor high byte if DLAB */
#define COM_FCR		2	/* FIFO control (write) */
#define COM_LCR		3	/* line control */
#define   LCR_8N1	0x03
#define   LCR_DLAB	0x80
#define COM_MCR		4	/* modem control */
#define   MCR_DTR_RTS	0x03
#define COM_LSR		5	/* line status */
#define   LSR_DATA	0x01	/* a byte has come */
#define   LSR_THRE	0x20	/* a byte may be sent */
#define COM_SCRATCH	7

#define DIVISOR		1	/* 115200 baud divided by this */

/*
 * A byte takes under 100 microseconds to go, a port access about one; after
 * this many polls nobody is reading and the byte is dropped.
 */
#define SEND_POLLS	12800

static bool present;

void
serial_init(void)
{
	/* Where no chip answers, a read gives all ones. */
	outb(COM1 + COM_SCRATCH, 0x5A);
	present = inb(COM1 + COM_SCRATCH) == 0x5A
		&& inb(COM1 + COM_LSR) != 0xFF;
	if (!present)
		return;

	outb(COM1 + COM_IER, 0);
	outb(COM1 + COM_LCR, LCR_DLAB);
	outb(COM1 + COM_DATA, DIVISOR);
	outb(COM1 + COM_IER, 0);
	outb(COM1 + COM_LCR, LCR_8N1);
	outb(COM1 + COM_FCR, 0x07);	/* FIFOs on and emptied */
	outb(COM1 + COM_MCR, MCR_DTR_RTS);
}

static void
send(uint8_t byte)
{
	int polls;

	for (polls = 0; !(inb(COM1 + COM_LSR) & LSR_THRE); polls++)
		if (polls == SEND_POLLS)
			return;
	outb(COM1 + COM_DATA, byte);
}

void
serial_putc(int c)
{
	if (!present)
		return;
	if (c == '\n')
		send('\r');
	send(c);
}

int
serial_getc(void)
{
	if (!present || !(inb(COM1 + COM_LSR) & LSR_DATA))
		return -1;
	return inb(COM1 + COM_DATA);
}
