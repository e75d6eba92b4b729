/*
 * The two 8259A interrupt controllers of a PC; the second is connected to input
 * 2 of the first. The BIOS leaves the first at vectors 8 to 15, which are
 * exceptions of the processor: pic_init moves it. (Intel 8259A data sheet: ICW,
 * OCW)
 *
 * Not its job: handling interrupts (trap.c).
 */

#include <inc/trap.h>
#include <inc/x86.h>
#include <kern/dev/pic.h>

/* Ports of the first and the second controller: commands, then data. */
#define PIC1		0x20
#define PIC2		0xA0
#define DATA		1

#define CASCADE		2	/* the first one's input from the second */

#define ICW1_INIT	0x11	/* edge-triggered, cascaded, ICW4 follows */
#define ICW4_8086	0x01
#define OCW2_EOI	0x20	/* end of interrupt */
#define OCW3_READ_ISR	0x0B	/* the next read is of what is in service */

static uint16_t masked = 0xFFFF;

static void
write_mask(void)
{
	outb(PIC1 + DATA, masked & 0xFF);
	outb(PIC2 + DATA, masked >> 8);
}

void
pic_init(void)
{
	outb(PIC1, ICW1_INIT);
	outb(PIC2, ICW1_INIT);
	outb(PIC1 + DATA, IRQ_OFFSET);
	outb(PIC2 + DATA, IRQ_OFFSET + 8);
	outb(PIC1 + DATA, 1 << CASCADE);
	outb(PIC2 + DATA, CASCADE);
	outb(PIC1 + DATA, ICW4_8086);
	outb(PIC2 + DATA, ICW4_8086);
	write_mask();
}

void
pic_unmask(int irq)
{
	masked &= ~(1 << irq);
	if (irq >= 8)
		masked &= ~(1 << CASCADE);
	write_mask();
}

/* True if the controller has its lowest input in service. */
static bool
lowest_in_service(int port)
{
	outb(port, OCW3_READ_ISR);
	return inb(port) & 1 << IRQ_SPURIOUS;
}

bool
pic_spurious(int irq)
{
	if (irq == IRQ_SPURIOUS)
		return !lowest_in_service(PIC1);
	if (irq != IRQ_SPURIOUS2 || lowest_in_service(PIC2))
		return false;
	/* The first one has passed on a real request of the second one. */
	outb(PIC1, OCW2_EOI);
	return true;
}

void
pic_done(int irq)
{
	if (irq >= 8)
		outb(PIC2, OCW2_EOI);
	outb(PIC1, OCW2_EOI);
}
