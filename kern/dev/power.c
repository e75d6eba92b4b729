/*
 * Switching a PC off, and restarting it. There is no one way to do either that
 * works on every machine: each function tries several, one after the other.
 */

#include <inc/mmu.h>
#include <inc/stdio.h>
#include <inc/x86.h>
#include <kern/dev/power.h>

/*
 * QEMU's debug-exit device, which our tests add: the exit status is 1. `make
 * qemu` has no such device, because a QEMU that fails has status 1, too.
 */
#define DEBUG_EXIT	0x501	/* reads as 0; without the device, all ones */

/* QEMU's ACPI power control: PM1a_CNT with SLP_EN set (ACPI 4.8.3.2). */
#define ACPI_CONTROL	0x604
#define   SLP_EN	0x2000

/* Bochs switches off when it has read this word from its port. */
#define BOCHS_POWER	0x8900

/* The keyboard controller has a line to the processor's reset pin. */
#define KBC_COMMAND	0x64
#define   STATUS_BUSY	0x02
#define   PULSE_RESET	0xFE

/* System control port A of the PS/2, for machines without that controller. */
#define CONTROL_A	0x92
#define   FAST_A20	0x02
#define   FAST_RESET	0x01

#define DELAY_PORT	0x80	/* an access takes about a microsecond */
#define POLLS		100000

/* Wait for about a tenth of a second. */
static void
delay(void)
{
	int i;

	for (i = 0; i < POLLS; i++)
		inb(DELAY_PORT);
}

void
power_off(void)
{
	const char *word;
	int i;

	if (inb(DEBUG_EXIT) == 0)
		outb(DEBUG_EXIT, 0);
	outw(ACPI_CONTROL, SLP_EN);
	for (word = "Shutdown"; *word; word++)
		outb(BOCHS_POWER, *word);
	/* The power goes off a moment later: print nothing until then. */
	for (i = 0; i < 10; i++)
		delay();
	cprintf("Halted. It is safe to switch off.\n");
	halt_forever();
}

void
reset(void)
{
	const struct Pseudodesc empty = { 0, 0 };
	int i;

	for (i = 0; i < POLLS && (inb(KBC_COMMAND) & STATUS_BUSY); i++)
		/* wait */;
	outb(KBC_COMMAND, PULSE_RESET);
	delay();
	outb(CONTROL_A, FAST_A20 | FAST_RESET);
	/* Last, a triple fault: an exception without a descriptor table. */
	lidt(&empty);
	for (;;)
		breakpoint();
}
