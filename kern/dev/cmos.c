/* The real-time clock's CMOS memory: an index port and a data port. */

#include <inc/x86.h>
#include <kern/dev/cmos.h>

#define RTC_INDEX	0x70	/* bit 7 would mask the NMI */
#define RTC_DATA	0x71

unsigned
cmos_read(unsigned reg)
{
	outb(RTC_INDEX, reg & 0x7F);
	return inb(RTC_DATA);
}
