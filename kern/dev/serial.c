/*
 * The first serial port, COM1: a 16550 or one of its ancestors (National
 * Semiconductor PC16550D data sheet). Polled; 115200 baud, 8 bits, no parity.
 *
 * Input may arrive while a reply is being sent:
 *
 *	line in  ->  chip's FIFO  ->  ring  ->  serial_getc
 *	              16 bytes      RING_SIZE
 *
 * So the send loop also moves received bytes from the chip to the ring. But a
 * command that prints nothing polls nothing: only the FIFO collects input then.
 * To limit that, RTS tells the sender to wait, from the end of a line until the
 * reader has emptied the ring.
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
#define   MCR_DTR	0x01	/* we are connected */
#define   MCR_RTS	0x02	/* and ready to receive */
#define COM_LSR		5	/* line status */
#define   LSR_DATA	0x01	/* a byte was received */
#define   LSR_THRE	0x20	/* a byte may be sent */
#define COM_SCRATCH	7

#define DIVISOR		1	/* 115200 baud divided by this */

/*
 * Sending a byte takes less than 100 microseconds, and a port access about one.
 * After this many polls, the line is stuck, and the byte is dropped.
 */
#define SEND_POLLS	12800

#define RING_SIZE	4096U	/* power of 2: head and tail may wrap */

static bool present;

/* Received bytes that serial_getc has not returned: ring[tail .. head). */
static uint8_t ring[RING_SIZE];
static unsigned head, tail;	/* both modulo RING_SIZE */

static bool ready;		/* RTS is on */

/*
 * Switching the FIFOs on drops the byte that was received last. Input may be
 * waiting when the kernel starts, and the next byte of it arrives as soon as
 * one is read. So the FIFOs stay off until the line is quiet for this many
 * polls.
 */
#define QUIET_POLLS	1000

static bool fifos_on;
static unsigned quiet;		/* polls without a byte, while they are off */

static void
set_ready(bool on)
{
	if (ready == on)
		return;
	ready = on;
	outb(COM1 + COM_MCR, MCR_DTR | (on ? MCR_RTS : 0));
}

/* Return the line's status. Move a received byte to the ring if it has room. */
static uint8_t
poll(void)
{
	uint8_t status = inb(COM1 + COM_LSR);

	if (status & LSR_DATA)
		quiet = 0;
	if ((status & LSR_DATA) && head - tail < RING_SIZE)
		ring[head++ % RING_SIZE] = inb(COM1 + COM_DATA);
	return status;
}

static void
switch_fifos_on(void)
{
	outb(COM1 + COM_FCR, 0x07);	/* on and emptied */
	fifos_on = true;
}

void
serial_init(void)
{
	/* Without a chip, reads return all ones. */
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
	if (!(poll() & LSR_DATA))
		switch_fifos_on();
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
	send(c);
}

int
serial_getc(void)
{
	uint8_t byte;

	if (!present)
		return -1;
	if (!(poll() & LSR_DATA) && !fifos_on && ++quiet == QUIET_POLLS)
		switch_fifos_on();
	if (head == tail) {
		set_ready(true);
		return -1;
	}
	byte = ring[tail++ % RING_SIZE];
	/* The reader of a line may be busy with it for a while. */
	if (byte == '\r' || byte == '\n')
		set_ready(false);
	return byte;
}
