#ifndef PAGEWALK_TEST_IDE_STRUCTS_H
#define PAGEWALK_TEST_IDE_STRUCTS_H

/*
 * The structures of kern/dev/ide.h, for tests that include the host's headers:
 * inc/types.h defines the same types.
 */

#include <stdbool.h>
#include <stdint.h>

struct ide_disk {
	bool present, packet;
	uint8_t channel, unit, address;
	bool dma;
	uint32_t sectors;
	char model[41];
	uint32_t retries;
};

struct ide_request {
	struct ide_disk *disk;
	uint32_t sector, count;
	bool write;
	void *data;
	uint32_t pa;
	int error;
	void (*done)(struct ide_request *r);
};

#endif
