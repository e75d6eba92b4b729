#ifndef PAGEWALK_KERN_IDE_H
#define PAGEWALK_KERN_IDE_H

#include <inc/types.h>

#define IDE_SECTOR	512
#define IDE_DISKS	4
#define IDE_MAX_COUNT	8	/* sectors of a request */

/* A device at one of the two channels, as master or slave (unit 0 or 1). */
struct ide_disk {
	bool present;		/* a disk, which requests may name */
	bool packet;		/* no disk, but a CD-ROM or its like */
	uint8_t channel, unit;
	uint8_t address;	/* what selects it, in the device register */
	bool dma;		/* use bus-master DMA; else PIO */
	uint32_t sectors;	/* those that 28 bits can address */
	char model[41];
	uint32_t retries;	/* requests that had to be tried again */
};

extern struct ide_disk ide_disks[IDE_DISKS];	/* channel * 2 + unit */

/*
 * A transfer between a disk and memory. The data must lie in one page, at an
 * even address; pa is the physical address of its first byte.
 */
struct ide_request {
	struct ide_disk *disk;
	uint32_t sector;	/* the first */
	uint32_t count;		/* 1 to IDE_MAX_COUNT */
	bool write;		/* to the disk */
	void *data;		/* count * IDE_SECTOR bytes */
	physaddr_t pa;
	int error;		/* the result: 0, or a negative -E_... */
	void (*done)(struct ide_request *r);
};

/*
 * Find the disks, by polling; every wait is bounded. Does nothing if it has run
 * before.
 */
void	ide_init(void);

/*
 * Start a request. It ends with r->error set and a call of r->done, which may
 * start the next one; never before ide_start has returned. -E_INVAL: the disk
 * has no such sectors. -E_UNSPECIFIED: the disk has failed twice, or has not
 * answered in about three seconds.
 * => Interrupts are off. No other request is active on the disk's channel, and
 * ide_tick is called at each tick.
 */
void	ide_start(struct ide_request *r);

/*
 * Handle an interrupt of a channel: irq is IRQ_IDE or the next one. One that
 * was not expected is acknowledged and ignored.
 */
void	ide_interrupt(int irq);

/* Count a tick: find interrupts that were lost, end requests that take long. */
void	ide_tick(void);

/*
 * Carry out a request by polling, and return its error. r->done is not called,
 * and may be NULL.
 * => No other request is active on the disk's channel.
 */
int	ide_transfer(struct ide_request *r);

/* True if a request is active on the disk's channel. */
bool	ide_active(const struct ide_disk *disk);

#endif
