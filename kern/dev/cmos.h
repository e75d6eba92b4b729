#ifndef PAGEWALK_KERN_CMOS_H
#define PAGEWALK_KERN_CMOS_H

/* The CMOS memory of the real-time clock (MC146818 data sheet). */

/* Where the BIOS stores the sizes of memory; low byte first. */
#define NVRAM_BASELO	0x15	/* KiB below 640 KiB */
#define NVRAM_BASEHI	0x16
#define NVRAM_EXTLO	0x17	/* KiB from 1 MiB, up to 64 MiB */
#define NVRAM_EXTHI	0x18
#define NVRAM_EXT16LO	0x34	/* 64 KiB units from 16 MiB */
#define NVRAM_EXT16HI	0x35

/* Read a register, 0 to 127. */
unsigned	cmos_read(unsigned reg);

#endif
