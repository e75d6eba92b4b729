/*
 * The first serial port, COM1: a 16550 or one of its ancestors (National
 * Semiconductor PC16550D data sheet). Polled; 115200 baud, 8 bits, no parity.
 *
 * Output is as slow as input, and longer where a line is answered by another:
 * so what comes meanwhile is taken while we wait for the line to be free, into
 * a ring that holds a burst of RING_SIZE bytes. While a command runs that
 * prints nothing, nobody looks; the chip holds 16 bytes, and RTS asks the other
 * side to wait.
 */

#include <inc/x86.h>
#include <kern/dev/console.h>

#define COM1		0x3F8

#define COM_DATA	0	/* data; divisor low byte if DLAB */
#define COM_IER		1	/* interrupts; divisor high byte if DLAB */
#define COM_FCR		2	/* FIFO control (write) */
#define COM_LCR		3	/* line control */
#define   LCR_8N1	0x03
#define   LCR_DLAB	0x80
#define COM_MCR		4	/* modem control */
#define   MCR_DTR	0x01	/* we are there */
#define   MCR_RTS	0x02	/* and ready to receive */
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

#define RING_SIZE	4096U	/* power of 2: counters may wrap */

static bool present;

/* What has come and nobody has read: ring[taken .. came), modulo its size. */
static uint8_t ring[RING_SIZE];
static unsigned came, taken;

static bool ready;		/* is RTS on? */

static void
set_ready(bool on)
{
	if (ready == on)
		return;
	ready = on;
	outb(COM1 + COM_MCR, MCR_DTR | (on ? MCR_RTS : 0));
}

/* The line's status. A byte that has come goes to the ring, if it has room. */
static uint8_t
poll(void)
{
	uint8_t status = inb(COM1 + COM_LSR);

	if ((status & LSR_DATA) && came - taken < RING_SIZE)
		ring[came++ % RING_SIZE] = inb(COM1 + COM_DATA);
	return status;
}

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
	/* A chip without FIFOs holds a byte: switching them on drops it. */
	poll();
	outb(COM1 + COM_FCR, 0x07);	/* FIFOs on and emptied */
	set_ready(true);
}

static void
send(uint8_t byte)
{
	int polls;

	for (polls = 0; !(poll() & LSR_THRE); polls++)
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

/* Whoever got the end of a line may be busy with it for a while. */
static bool
ends_line(uint8_t byte)
{
	return byte == '\r' || byte == '\n';
}

int
serial_getc(void)
{
	uint8_t byte;

	if (!present)
		return -1;
	poll();
	if (came == taken) {
		set_ready(true);
		return -1;
	}
	byte = ring[taken++ % RING_SIZE];
	if (ends_line(byte))
		set_ready(false);
	return byte;
}
