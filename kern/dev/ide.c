/*
 * IDE disks: two channels of a master and a slave each, at the ports that PCs
 * have had since the AT (ATA/ATAPI-6). A channel carries out one request at a
 * time:
 *
 *	ide_start -> begin -> command -> ... interrupt -> progress -> finish
 *	                                        |   ^
 *	                                        +---+ each block of PIO
 *
 * By DMA a request is one interrupt: the PCI controller moves the data (Intel,
 * "Programming Interface for Bus Master IDE Controller" 1.0). By PIO the
 * processor moves it, in blocks of several sectors if the disk accepts SET
 * MULTIPLE. A request that fails is tried once more by PIO in single sectors:
 * that is what every disk can do, and it finds the sector that is to blame.
 *
 * An interrupt says only that something may have happened. Whether it has is
 * read from the status. So interrupts may be lost, late, or not ours.
 *
 * Limits: 28-bit addresses, the first PCI controller in compatibility mode.
 * Not its job: queues, the contents of disks.
 */

#include <inc/error.h>
#include <inc/memlayout.h>
#include <inc/trap.h>
#include <inc/x86.h>
#include <kern/dev/ide.h>
#include <kern/dev/pci.h>
#include <kern/dev/pic.h>
#include <kern/dev/timer.h>

/* Ports of a channel. */
#define IDE_DATA	0
#define IDE_COUNT	2
#define IDE_LBA_LOW	3
#define IDE_LBA_MID	4
#define IDE_LBA_HIGH	5
#define IDE_DEVICE	6
#define   DEVICE_MASTER	0xE0	/* with 4 bits of the sector's number, LBA */
#define   DEVICE_SLAVE	0xF0
#define IDE_STATUS	7	/* read: acknowledges the interrupt */
#define   ST_ERR	0x01
#define   ST_DRQ	0x08	/* wants to move data */
#define   ST_DF		0x20	/* the device has failed */
#define   ST_BSY	0x80	/* the other bits mean nothing */
#define   ST_NOTHING	0xFF	/* no device drives the bus */
#define IDE_COMMAND	7	/* write */
#define   CMD_SET_MULTIPLE	0xC6
#define   CMD_DMA(write)	(0xC8 + 2 * (write))
#define   CMD_IDENTIFY		0xEC

/* The control port: reads as the status, without acknowledging. */
#define CTL_QUIET	0x02	/* no interrupts */
#define CTL_RESET	0x04

/* Ports of a channel's bus master. */
#define BM_COMMAND	0
#define   BM_START	0x01
#define   BM_TO_MEMORY(yes)	((yes) << 3)
#define BM_STATUS	2
#define   BM_ACTIVE	0x01
#define   BM_ERROR	0x02	/* a 1 that is written clears */
#define   BM_INTERRUPT	0x04	/* the same */
#define   BM_CAPABLE	0x60	/* a note of the BIOS: both disks have DMA */
#define BM_TABLE	4
#define BM_SIZE		8	/* the second channel's follow */

/* PCI's interface byte of an IDE controller, in PCI_CLASS. */
#define NATIVE(channel)	(0x0100U << (channel) * 2) /* has other ports */
#define BUS_MASTER	0x8000U

/* Words of IDENTIFY DEVICE. */
#define ID_WORDS	256
#define ID_MODEL	27
#define ID_MODEL_WORDS	20
#define ID_ABILITIES	49
#define   ABILITY_DMA	0x0100
#define   ABILITY_LBA	0x0200
#define ID_SECTORS	60
#define MAX_SECTORS	(1U << 28)

/* The two bytes by which a packet device refuses IDENTIFY DEVICE. */
#define PACKET_MID	0x14
#define PACKET_HIGH	0xEB

/* Sectors of a block, if the disk accepts SET MULTIPLE: a whole page. */
#define BLOCK		8

/* Reading a port of an IDE channel takes about half a microsecond. */
#define SETTLE_READS	4		/* until a command shows: 400 ns */
#define RESET_READS	5000
#define READY_READS	200000
#define ATTEMPT_READS	3000000		/* each way to carry out a request */
#if BENCH
/* Counted time passes while the processor halts and the host's disk works. */
#define ATTEMPT_TICKS	UINT32_MAX
#else
#define ATTEMPT_TICKS	(TIMER_HZ * 3 / 2)
#endif

/* The way in which a request is tried; AGAIN is by sectors, FAILED is none. */
enum way { BY_DMA, BY_BLOCKS, BY_SECTORS, AGAIN, FAILED };

static const uint8_t pio_commands[][2] = {	/* read, write */
	[BY_BLOCKS] = { 0xC4, 0xC5 },
	[BY_SECTORS] = { 0x20, 0x30 },
	[AGAIN] = { 0x20, 0x30 },
};

/* The state of a request that has not ended; others are 0 and errors. */
#define GOES_ON		1

/* A piece of memory for the bus master: its address, its size. */
struct prd {
	physaddr_t pa;
	uint32_t bytes;
#define PRD_LAST	0x80000000	/* the table ends with it */
} __attribute__((aligned(8)));

struct channel {
	int ports, control;
	int master;			/* the bus master's, or 0 */
	bool unmasked;
	uint8_t selected;		/* what select selected, and is idle */
#define UNKNOWN		0
	struct ide_request *request;	/* the active one, or NULL */
	enum way way;
	int error;			/* of a request that has FAILED */
	uint32_t ticks;			/* since this attempt began */
	char *at;			/* PIO: where the next block goes */
	uint32_t left;			/* sectors that it has not moved */
	struct prd prd;
} __attribute__((aligned(64)));

static struct channel channels[2] = {
	{ .ports = 0x1F0, .control = 0x3F6 },
	{ .ports = 0x170, .control = 0x376 },
};

struct ide_disk ide_disks[IDE_DISKS];

/* ide_init has run. */
static bool initialised;

/* The sectors of a block for each disk: BLOCK, or 1. */
static uint8_t blocks[IDE_DISKS];

/* --- Waiting ------------------------------------------------------------- */

/* True if the status tells of an error: ERR and DF, unless it is busy. */
static bool
bad(uint8_t status)
{
	return status == ST_NOTHING
		|| (!(status & ST_BSY) && (status & (ST_ERR | ST_DF)));
}

/* Wait until a command or a selected device shows in the status. */
static void
settle(const struct channel *c)
{
	int i;

	for (i = 0; i < SETTLE_READS; i++)
		inb(c->control);
}

/* Wait while one of these bits is set. Returns the status. */
static NOINLINE uint8_t
wait_while(const struct channel *c, uint8_t bits)
{
	uint8_t status;
	int i;

	for (i = 0; i < READY_READS; i++) {
		status = inb(c->control);
		if (!(status & bits) || status == ST_NOTHING)
			break;
	}
	return status;
}

/*
 * Select a device, and wait until it can take a command. Returns false if it
 * never can.
 */
static NOINLINE bool
select(struct channel *c, uint8_t address)
{
	c->selected = UNKNOWN;
	outb(c->ports + IDE_DEVICE, address);
	settle(c);
	if (wait_while(c, ST_BSY | ST_DRQ) & (ST_BSY | ST_DRQ))
		return false;
	/* A program may use the first channel: select there each time. */
	if (c != &channels[0])
		c->selected = address;
	return true;
}

/* --- Starting a channel -------------------------------------------------- */

/*
 * Have a disk move blocks of BLOCK sectors. Only the command's status says if
 * it does: word 59 of IDENTIFY says so on no emulator.
 */
static void
set_multiple(struct channel *c, const struct ide_disk *d)
{
	uint8_t status;

	blocks[d - ide_disks] = 1;
	if (!select(c, d->address))
		return;
	outb(c->ports + IDE_COUNT, BLOCK);
	outb(c->ports + IDE_COMMAND, CMD_SET_MULTIPLE);
	settle(c);
	wait_while(c, ST_BSY);
	status = inb(c->ports + IDE_STATUS);
	if (!(status & (ST_BSY | ST_DRQ)) && !bad(status))
		blocks[d - ide_disks] = BLOCK;
}

/* Set what a reset has undone. */
static void
set_up(struct channel *c)
{
	struct ide_disk *d = &ide_disks[(c - channels) * 2];
	int unit;

	for (unit = 0; unit < 2; unit++)
		if (d[unit].present)
			set_multiple(c, &d[unit]);
	if (c->master)
		outl(c->master + BM_TABLE, (uintptr_t)&c->prd - KERNBASE);
}

/* Reset both devices of a channel: one does not react any more. */
static void
reset_channel(struct channel *c)
{
	int i;

	outb(c->control, CTL_RESET);
	settle(c);			/* 5 microseconds */
	settle(c);
	settle(c);
	outb(c->control, 0);
	c->selected = UNKNOWN;
	for (i = 0; i < RESET_READS; i++)
		inb(c->control);
	wait_while(c, ST_BSY);
	set_up(c);
}

/* --- Requests ------------------------------------------------------------ */

/* Give the disk a command for the whole request. False if it takes none. */
static ALWAYS_INLINE bool
command(struct channel *c, const struct ide_disk *d,
	const struct ide_request *r, uint8_t code)
{
	if (unlikely(c->selected != d->address) && !select(c, d->address))
		return false;
	/* All of them: after a command, each may hold anything. */
	outb(c->ports + IDE_COUNT, r->count);
	outb(c->ports + IDE_LBA_LOW, r->sector);
	outb(c->ports + IDE_LBA_MID, r->sector >> 8);
	outb(c->ports + IDE_LBA_HIGH, r->sector >> 16);
	outb(c->ports + IDE_DEVICE, d->address | r->sector >> 24);
	outb(c->ports + IDE_COMMAND, code);
	return true;
}

static ALWAYS_INLINE int
begin_dma(struct channel *c, const struct ide_disk *d,
	  const struct ide_request *r)
{
	if (!command(c, d, r, CMD_DMA(r->write)))
		return -E_UNSPECIFIED;
	c->prd.pa = r->pa;
	c->prd.bytes = r->count * IDE_SECTOR | PRD_LAST;
	compiler_barrier();
	/* Interrupts of PIO have set its bit, too. */
	outb(c->master + BM_STATUS, BM_CAPABLE | BM_INTERRUPT | BM_ERROR);
	outb(c->master + BM_COMMAND, BM_START | BM_TO_MEMORY(!r->write));
	return GOES_ON;
}

/* Move the next block. */
static void
move_block(struct channel *c)
{
	struct ide_request *r = c->request;
	uint32_t n = c->way == BY_BLOCKS ? MIN(c->left, (uint32_t)BLOCK) : 1;

	if (r->write)
		outsl(c->ports + IDE_DATA, c->at, n * IDE_SECTOR / 4);
	else
		insl(c->ports + IDE_DATA, c->at, n * IDE_SECTOR / 4);
	c->at += n * IDE_SECTOR;
	c->left -= n;
}

/* A disk asks for the first block of a write without an interrupt. */
static int
begin_write(struct channel *c)
{
	uint8_t status;

	settle(c);
	status = wait_while(c, ST_BSY);
	if (bad(status) || !(status & ST_DRQ))
		return -E_UNSPECIFIED;
	move_block(c);
	inb(c->control);		/* until it is busy */
	return GOES_ON;
}

static NOINLINE int
begin_pio(struct channel *c)
{
	struct ide_request *r = c->request;

	c->at = r->data;
	c->left = r->count;
	if (!command(c, r->disk, r, pio_commands[c->way][r->write]))
		return -E_UNSPECIFIED;
	return r->write ? begin_write(c) : GOES_ON;
}

/* Try a request that has failed once more, or return its error. */
static NOINLINE int
retry(struct channel *c)
{
	if (c->way == FAILED)
		return c->error;
	c->selected = UNKNOWN;
	if (c->way == BY_DMA)
		outb(c->master + BM_COMMAND, 0);
	if (inb(c->control) & (ST_BSY | ST_DRQ))
		reset_channel(c);
	if (c->way == AGAIN)
		return -E_UNSPECIFIED;
	c->request->disk->retries++;
	c->way = AGAIN;
	c->ticks = 0;
	return begin_pio(c);
}

static ALWAYS_INLINE int
progress_dma(struct channel *c)
{
	uint8_t master = inb(c->master + BM_STATUS), status;

	if (!(master & (BM_INTERRUPT | BM_ERROR)))
		return GOES_ON;
	outb(c->master + BM_COMMAND, 0);
	status = inb(c->ports + IDE_STATUS);
	/* Still active: the disk has ended before the table has. */
	if ((master & (BM_ACTIVE | BM_ERROR))
	    || (status & (ST_BSY | ST_DRQ | ST_DF | ST_ERR)))
		return -E_UNSPECIFIED;
	return 0;
}

static NOINLINE int
progress_pio(struct channel *c)
{
	bool write = c->request->write;
	uint8_t status;

	if (c->way == FAILED)
		return c->error;
	status = inb(c->ports + IDE_STATUS);
	if (bad(status))
		return -E_UNSPECIFIED;
	if (status & ST_BSY)
		return GOES_ON;
	if (c->left) {
		if (!(status & ST_DRQ))
			return GOES_ON;
		move_block(c);
		if (c->left || write)
			return GOES_ON;
		/* A read ends without an interrupt. */
		status = wait_while(c, ST_BSY);
	}
	if (bad(status) || (status & (ST_BSY | ST_DRQ)))
		return -E_UNSPECIFIED;
	return 0;
}

/* Look how far the active request is. Returns GOES_ON, or its end. */
static ALWAYS_INLINE int
progress(struct channel *c)
{
	int result = likely(c->way == BY_DMA) ? progress_dma(c)
		: progress_pio(c);

	return unlikely(result < 0) ? retry(c) : result;
}

/* End an attempt that takes too long. */
static int
time_out(struct channel *c)
{
	/* Its DMA works for no request: do not wait for it at each. */
	if (c->way == BY_DMA)
		c->request->disk->dma = false;
	return retry(c);
}

/* Note that the active request has ended. */
static ALWAYS_INLINE void
finish(struct channel *c, int result)
{
	c->request->error = result;
	c->request = NULL;
}

/* Find the way for a request without DMA, and begin it. */
static NOINLINE int
start_pio(struct channel *c, const struct ide_disk *d)
{
	c->way = blocks[d - ide_disks] == BLOCK ? BY_BLOCKS : BY_SECTORS;
	return begin_pio(c);
}

/* A request could not be started. It ends at the next tick, if not now. */
static NOINLINE void
start_failed(struct channel *c, int error)
{
	if (error == -E_UNSPECIFIED)
		error = retry(c);
	if (error < 0) {
		c->way = FAILED;
		c->error = error;
	}
}

/*
 * Make a request active. Not inlined: the compiler would compute the channel's
 * address again for each port.
 */
static NOINLINE void
start(struct channel *c, struct ide_request *r)
{
	const struct ide_disk *d = r->disk;
	int result;

	c->request = r;
	c->ticks = 0;
	if (unlikely(r->count - 1 >= IDE_MAX_COUNT || r->sector >= d->sectors
		     || r->count > d->sectors - r->sector)) {
		result = -E_INVAL;
	} else if (likely(d->dma)) {
		c->way = BY_DMA;
		result = begin_dma(c, d, r);
	} else
		result = start_pio(c, d);
	if (unlikely(result < 0))
		start_failed(c, result);
}

/* Let a channel's interrupts through: a program may use one that we do not. */
static NOINLINE void
unmask(struct channel *c, struct ide_request *r)
{
	pic_unmask(IRQ_IDE + r->disk->channel);
	c->unmasked = true;
	start(c, r);
}

void
ide_start(struct ide_request *r)
{
	struct channel *c = &channels[r->disk->channel];

	if (likely(c->unmasked))
		start(c, r);
	else
		unmask(c, r);
}

/* Look at a channel that has raised its interrupt. Not inlined, as above. */
static NOINLINE void
interrupt(struct channel *c)
{
	struct ide_request *r = c->request;
	int result;

	if (unlikely(!r)) {
		inb(c->ports + IDE_STATUS);
		return;
	}
	result = progress(c);
	if (result == GOES_ON)
		return;
	finish(c, result);
	r->done(r);
}

void
ide_interrupt(int irq)
{
	interrupt(&channels[irq - IRQ_IDE]);
}

/* The first tick may follow at once: an attempt begins between two. */
static void
tick(struct channel *c)
{
	struct ide_request *r = c->request;
	int result = GOES_ON;

	if (++c->ticks > 1 || c->way == FAILED)
		result = progress(c);
	if (result == GOES_ON && c->ticks > ATTEMPT_TICKS)
		result = time_out(c);
	if (result == GOES_ON)
		return;
	finish(c, result);
	r->done(r);
}

void
ide_tick(void)
{
	if (channels[0].request)
		tick(&channels[0]);
	if (channels[1].request)
		tick(&channels[1]);
}

int
ide_transfer(struct ide_request *r)
{
	struct channel *c = &channels[r->disk->channel];
	uint32_t eflags = read_eflags(), reads = 0;
	int result;

	cli();
	start(c, r);
	do {
		result = progress(c);
		if (result == GOES_ON && ++reads % ATTEMPT_READS == 0)
			result = time_out(c);
	} while (result == GOES_ON);
	finish(c, result);
	write_eflags(eflags);
	return r->error;
}

bool
ide_active(const struct ide_disk *disk)
{
	return channels[disk->channel].request != NULL;
}

/* --- Finding disks ------------------------------------------------------- */

/* Copy the model's name: two letters a word, the first one high. */
static void
copy_model(char *to, const uint16_t *words)
{
	int i;
	char ch;

	for (i = 0; i < ID_MODEL_WORDS * 2; i++) {
		ch = words[i / 2] >> (i % 2 ? 0 : 8);
		to[i] = ch >= ' ' && ch <= '~' ? ch : '?';
	}
	while (i > 0 && to[i - 1] == ' ')
		i--;
	to[i] = '\0';
}

/* Note what IDENTIFY DEVICE says. */
static void
describe(struct channel *c, struct ide_disk *d, const uint16_t *id)
{
	uint32_t sectors = id[ID_SECTORS] | (uint32_t)id[ID_SECTORS + 1] << 16;

	/* Without LBA it is one of the oldest: no disk for us. */
	if (!(id[ID_ABILITIES] & ABILITY_LBA))
		return;
	copy_model(d->model, id + ID_MODEL);
	d->sectors = MIN(sectors, MAX_SECTORS);
	d->dma = c->master && (id[ID_ABILITIES] & ABILITY_DMA);
	d->present = true;
}

/* Look for a device. An empty place reads as 0, or floats. */
static void
identify(struct channel *c, struct ide_disk *d)
{
	uint16_t id[ID_WORDS];
	uint8_t status;

	if (!select(c, d->address) || !inb(c->control))
		return;
	outb(c->ports + IDE_COMMAND, CMD_IDENTIFY);
	settle(c);
	status = wait_while(c, ST_BSY);
	if (!status || (status & ST_BSY))
		return;
	if (bad(status)) {
		d->packet = inb(c->ports + IDE_LBA_MID) == PACKET_MID
			&& inb(c->ports + IDE_LBA_HIGH) == PACKET_HIGH;
	} else if (status & ST_DRQ) {
		insw(c->ports + IDE_DATA, id, ID_WORDS);
		describe(c, d, id);
	}
	inb(c->ports + IDE_STATUS);
}

/* Find the bus master of PCI's IDE controller, and let it access memory. */
static void
find_master(void)
{
	uint32_t f = pci_find(PCI_CLASS_IDE), class, bar;
	int n;

	if (!f)
		return;
	class = pci_read(f, PCI_CLASS);
	bar = pci_read(f, PCI_BAR4);
	if (!(class & BUS_MASTER) || !(bar & PCI_BAR_IO)
	    || !(bar & PCI_BAR_PORT))
		return;
	pci_write(f, PCI_COMMAND, (pci_read(f, PCI_COMMAND) & ~PCI_STATUS)
		  | PCI_COMMAND_IO | PCI_COMMAND_MASTER);
	for (n = 0; n < 2; n++)
		if (!(class & NATIVE(n)))
			channels[n].master = (bar & PCI_BAR_PORT) + n * BM_SIZE;
}

void
ide_init(void)
{
	struct channel *c;
	int n;

	if (initialised)
		return;
	initialised = true;
	find_master();
	for (n = 0; n < IDE_DISKS; n++) {
		ide_disks[n].channel = n / 2;
		ide_disks[n].unit = n % 2;
		ide_disks[n].address = n % 2 ? DEVICE_SLAVE : DEVICE_MASTER;
		c = &channels[n / 2];
		outb(c->control, CTL_QUIET);
		identify(c, &ide_disks[n]);
		outb(c->control, 0);
	}
	set_up(&channels[0]);
	set_up(&channels[1]);
}
