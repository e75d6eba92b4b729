/*
 * The 8254 interval timer: a periodic interrupt, which ends time slices and
 * endless checks. Interrupts are on in user mode, in a guarded check and while
 * idle; off elsewhere.
 */

#include <inc/trap.h>
#include <inc/x86.h>
#include <kern/dev/pic.h>
#include <kern/dev/timer.h>

#define TIMER_COUNTER0	0x40
#define TIMER_MODE	0x43
#define TIMER_RATE	0x34	/* channel 0, both bytes, mode 2: periodic */
#define TIMER_INPUT	1193182	/* Hz, in every PC */

/* Reading this port takes about a microsecond. */
#define DELAY_PORT	0x80
#define TICK_DELAYS	(4 * 1000000 / TIMER_HZ)

uint32_t timer_ticks;

/* timer_init has run. */
static bool running;

void
timer_ticked(void)
{
	timer_ticks++;
}

bool
timer_works(void)
{
	int i;

	for (i = 0; running && !timer_ticks && i < TICK_DELAYS; i++) {
		inb(DELAY_PORT);
		take_interrupts();
	}
	return timer_ticks != 0;
}

#if BENCH
uint64_t idle_instructions;

/* Halt, and count the time, which is in instructions (make bench). */
static void
halt(void)
{
	uint64_t start = read_tsc();

	wait_for_interrupt();
	idle_instructions += read_tsc() - start;
}
#else
static void
halt(void)
{
	wait_for_interrupt();
}
#endif

void
idle(void)
{
	if (timer_ticks)
		halt();
	else if (running)
		take_interrupts();	/* the first tick may be pending */
}

void
timer_init(void)
{
	const unsigned divisor = (TIMER_INPUT + TIMER_HZ / 2) / TIMER_HZ;

	outb(TIMER_MODE, TIMER_RATE);
	outb(TIMER_COUNTER0, divisor & 0xFF);
	outb(TIMER_COUNTER0, divisor >> 8);
	pic_unmask(IRQ_TIMER);
	running = true;
}
