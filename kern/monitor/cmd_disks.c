/* Monitor commands about disks. They only read. */

#include <inc/stdio.h>
#include <inc/string.h>
#include <kern/dev/ide.h>
#include <kern/kaddr.h>
#include <kern/monitor/args.h>
#include <kern/monitor/monitor.h>
#include <kern/swaparea.h>

#define LINE_BYTES	16

static void
list_disk(const struct ide_disk *d)
{
	cprintf("disk %d  %-9s %-6s  ", d - ide_disks,
		d->channel ? "secondary" : "primary",
		d->unit ? "slave" : "master");
	if (d->present)
		cprintf("%s, %u sectors, %uK, by %s\n", d->model, d->sectors,
			d->sectors / 2, d->dma ? "DMA" : "PIO");
	if (d->retries)
		cprintf("        %u request%s had to be tried again\n",
			d->retries, d->retries == 1 ? "" : "s");
	if (!d->present)
		cprintf("%s\n", d->packet ? "a CD-ROM drive or its like"
			: "-");
}

static void
list_disks(void)
{
	struct swap_area area;
	bool active = false;
	int i;

	for (i = 0; i < IDE_DISKS; i++) {
		list_disk(&ide_disks[i]);
		active |= ide_active(&ide_disks[i]);
	}
	if (active)
		cprintf("A request is active: no disk was searched.\n");
	else if (swap_area_look(&area))
		cprintf("Swap area: disk %d, from sector %u, %u slots of 4K,"
			" generation %u\n", area.disk - ide_disks, area.first,
			area.slots, area.generation);
	else
		cprintf("There is no swap area.\n");
}

/* Print the bytes; a line `*` for lines that are like the one before. */
static void
dump_sector(const uint8_t *data)
{
	bool like, liked = false;
	uint32_t i, k;

	for (i = 0; i < IDE_SECTOR; i += LINE_BYTES, liked = like) {
		like = i && memcmp(data + i, data + i - LINE_BYTES,
				   LINE_BYTES) == 0;
		if (like) {
			cprintf(liked ? "" : "*\n");
			continue;
		}
		cprintf("%03x ", i);
		for (k = i; k < i + LINE_BYTES; k++)
			cprintf(" %02x", data[k]);
		cprintf("  ");
		for (k = i; k < i + LINE_BYTES; k++)
			cputchar(data[k] >= ' ' && data[k] <= '~'
				 ? data[k] : '.');
		cprintf("\n");
	}
}

static void
read_sector(struct ide_disk *d, uint32_t sector)
{
	static uint8_t data[IDE_SECTOR]
		__attribute__((aligned(IDE_SECTOR)));
	struct ide_request r = {
		.disk = d, .sector = sector, .count = 1,
		.data = data, .pa = PADDR(data),
	};
	int error;

	if (ide_active(d)) {
		cprintf("A request is active on its channel.\n");
		return;
	}
	error = ide_transfer(&r);
	if (error < 0)
		cprintf("Sector %u cannot be read: %e.\n", sector, error);
	else
		dump_sector(data);
}

int
mon_disks(int argc, char **argv, struct Trapframe *tf)
{
	uint32_t n, sector;

	(void)tf;
	ide_init();
	if (argc == 1) {
		list_disks();
		return MON_DONE;
	}
	if (argc == 2)
		return MON_USAGE;
	if (!arg_number(argv[1], &n) || !arg_number(argv[2], &sector))
		return MON_DONE;
	if (n >= IDE_DISKS || !ide_disks[n].present)
		cprintf("There is no disk %u; 'disks' lists them.\n", n);
	else if (sector >= ide_disks[n].sectors)
		cprintf("Disk %u has %u sectors.\n", n, ide_disks[n].sectors);
	else
		read_sector(&ide_disks[n], sector);
	return MON_DONE;
}
