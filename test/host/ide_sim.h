#ifndef PAGEWALK_TEST_IDE_SIM_H
#define PAGEWALK_TEST_IDE_SIM_H

/*
 * Two IDE channels with their disks and a bus master, behind the ports that a
 * driver uses. It is as strict as a real disk may be: a driver that breaks the
 * protocol is noted in `broken`. The knobs make it as odd as emulators are.
 *
 * A command takes `slow` reads of a status. run() ends it at once.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define SECTOR		512
#define STORED		4096		/* sectors that have contents */

#define ERR		0x01
#define DRQ		0x08
#define DF		0x20
#define READY		0x50
#define BSY		0x80
#define SETTLE_READS	4		/* 400 ns, after a selection */
#define BUSY		(BSY | READY | DF | ERR) /* the others mean nothing */

struct sim_disk {
	bool there, packet, lba, dma;
	uint32_t sectors;
	uint8_t multiple;		/* the largest block; 0: none */
	uint8_t block;			/* set by SET MULTIPLE */
	const char *model;
	uint8_t data[STORED][SECTOR];
};

struct sim_channel {
	bool floating;			/* nothing is connected */
	uint8_t count, low, mid, high, device, status, control;
	uint8_t command;
	bool intrq, edge;		/* edge: not delivered yet */
	int delay;			/* reads until it is ready; 0: it is */
	int settling;			/* reads until the other unit listens */
	uint32_t lba, left, error_after;
	uint8_t buffer[16 * SECTOR];
	uint32_t at, end;		/* in the buffer, while DRQ */
	uint8_t bm_command, bm_status;
	uint32_t table;
	/* What the driver did. */
	uint8_t commands[64];
	int ncommands, resets;
};

static struct sim_disk disks[4];
static struct sim_channel sims[2];

/* Knobs: of the machine, then of its faults. */
static struct {
	bool pci, master, bar, native[2];
	int function;			/* of device 1 */
	bool other;			/* function 1 is another controller */
	int slow;
} machine;

static struct {
	bool on;
	uint32_t sector;		/* cannot be read or written */
	int times;			/* so often; -1: never */
	bool late;			/* found out after the data */
	bool ff;			/* the status is then all ones */
	bool stuck;			/* commands never end */
	int stuck_commands;		/* so many; -1: all */
	int before_stuck;		/* commands that work before */
	bool df;			/* says so by DF instead of ERR */
	bool lazy;			/* is not busy before it is ready */
	bool drq_stays;			/* after the end */
	bool no_dma_interrupt, dma_error, dma_short, dma_stuck;
	bool reset_fails;
	bool no_drq;
} fault;

static int accesses;			/* of ports */
static char broken[200];		/* the first broken rule */
static uint32_t flags_now = 0x202;
static bool polling;			/* interrupts must be off */
static uint32_t pci_address, pci_command;
static unsigned unmasked;

static void
break_rule(const char *what)
{
	if (!broken[0])
		snprintf(broken, sizeof(broken), "%s", what);
}

static struct sim_disk *
selected(struct sim_channel *c)
{
	return &disks[(c - sims) * 2 + (c->device >> 4 & 1)];
}

static void
raise_irq(struct sim_channel *c)
{
	if (c->control & 2)
		return;
	if (!c->intrq)
		c->edge = true;
	c->intrq = true;
	c->bm_status |= 4;
}

static bool
is_write(uint8_t command)
{
	return command == 0x30 || command == 0xC5 || command == 0xCA;
}

static bool
is_dma(uint8_t command)
{
	return command == 0xC8 || command == 0xCA;
}

/* The sectors of the next interrupt. */
static uint32_t
block(struct sim_channel *c)
{
	uint32_t n = 1;

	if (c->command == 0xC4 || c->command == 0xC5)
		n = selected(c)->block;
	return n < c->left ? n : c->left;
}

static void
fail(struct sim_channel *c)
{
	if (fault.times > 0)
		fault.times--;
	c->status = fault.ff ? 0xFF : READY | (fault.df ? DF : ERR);
	c->left = 0;
	raise_irq(c);
}

/* True if one of the next n sectors is bad. */
static bool
bad_in(struct sim_channel *c, uint32_t n)
{
	struct sim_disk *d = selected(c);

	return (uint64_t)c->lba + n > d->sectors
		|| (fault.on && fault.times && fault.sector >= c->lba
		    && fault.sector < c->lba + n);
}

static void
copy_sectors(struct sim_channel *c, uint32_t n, bool write, uint8_t *buffer)
{
	for (; n; n--, c->lba++, c->left--, buffer += SECTOR) {
		uint8_t *here = selected(c)->data[c->lba % STORED];

		if (write)
			memcpy(here, buffer, SECTOR);
		else
			memcpy(buffer, here, SECTOR);
	}
}

static void
identify_data(struct sim_channel *c)
{
	struct sim_disk *d = selected(c);
	uint16_t words[256] = { 0 };
	int i;

	for (i = 0; i < 40; i++)
		words[27 + i / 2] |= (uint8_t)(i < (int)strlen(d->model)
			? d->model[i] : ' ') << (i % 2 ? 0 : 8);
	words[49] = (d->lba ? 0x200 : 0) | (d->dma ? 0x100 : 0);
	words[59] = 0x110;
	words[60] = d->sectors;
	words[61] = d->sectors >> 16;
	memcpy(c->buffer, words, SECTOR);
	c->at = 0;
	c->end = SECTOR;
}

/* The memory of the driver: the addresses in tables are not the host's. */
static uint8_t *sim_memory;
static uint32_t sim_memory_pa, sim_memory_size;

/* The driver's table: it knows only the lower half of the host's addresses. */
static const uint32_t *
table_of(const struct sim_channel *c)
{
	uintptr_t high = (uintptr_t)sims >> 16 >> 16 << 16 << 16;

	return (const uint32_t *)(high | (uint32_t)(c->table + 0xF0000000U));
}

static void
dma(struct sim_channel *c)
{
	const uint32_t *prd = table_of(c);
	uint32_t n = c->left, bytes = prd[1] & 0xFFFF;

	if (!(c->bm_command & 1))
		return;			/* waits for the bus master */
	if (fault.dma_stuck)
		return;
	c->delay = 0;
	if (prd[0] < sim_memory_pa
	    || prd[0] + bytes > sim_memory_pa + sim_memory_size)
		break_rule("DMA to other memory");
	if (!(prd[1] & 0x80000000))
		break_rule("a table without end");
	if (bytes != n * SECTOR)
		break_rule("the table has another size");
	if (!!(c->bm_command & 8) != !is_write(c->command))
		break_rule("the wrong direction");
	if (fault.dma_error) {
		c->bm_status = (c->bm_status | 2) & ~1;
		return;
	}
	if (bad_in(c, n)) {
		c->bm_status &= ~1;
		fail(c);
		return;
	}
	copy_sectors(c, n, is_write(c->command),
		     sim_memory + (prd[0] - sim_memory_pa));
	c->status = READY | (fault.drq_stays ? DRQ : 0);
	if (!fault.dma_short)
		c->bm_status &= ~1;
	if (!fault.no_dma_interrupt)
		raise_irq(c);
}

/* The time of a command or a block has come. */
static void
ready(struct sim_channel *c)
{
	bool write = is_write(c->command);
	uint32_t n;

	if (is_dma(c->command)) {
		dma(c);
		return;
	}
	c->delay = 0;
	if (c->command == 0xEC) {
		identify_data(c);
		c->status = READY | DRQ;
		raise_irq(c);
		return;
	}
	if (write && c->at) {		/* a block was written */
		n = c->end / SECTOR;
		if (bad_in(c, n)) {
			fail(c);
			return;
		}
		copy_sectors(c, n, true, c->buffer);
		c->at = 0;
	} else if (write) {		/* the first one: no interrupt */
		if (fault.no_drq) {
			c->status = READY;
			return;
		}
		if (bad_in(c, block(c)) && !fault.late) {
			fail(c);
			return;
		}
		c->end = block(c) * SECTOR;
		c->status = READY | DRQ;
		return;
	}
	n = block(c);
	if (c->left == 0) {
		c->status = READY | (fault.drq_stays ? DRQ : 0);
		raise_irq(c);
		return;
	}
	if (!write) {
		if (bad_in(c, n) && !fault.late) {
			fail(c);
			return;
		}
		c->error_after = bad_in(c, n);
		copy_sectors(c, n, false, c->buffer);
	}
	c->at = 0;
	c->end = n * SECTOR;
	c->status = READY | DRQ;
	raise_irq(c);
}

/* Let a command go on at once. */
static void
run(struct sim_channel *c)
{
	if (c->delay > 0)
		ready(c);
}

static void
begin_wait(struct sim_channel *c)
{
	c->status = fault.lazy ? READY : BUSY;
	c->delay = machine.slow;
}

static void
reset(struct sim_channel *c)
{
	int unit;

	for (unit = 0; unit < 2; unit++)
		disks[(c - sims) * 2 + unit].block = 0;
	c->delay = 0;
	c->left = c->at = 0;
	c->status = fault.reset_fails ? BUSY : READY;
	c->intrq = false;
	c->device = 0;
	c->resets++;
}

static void
abort_command(struct sim_channel *c)
{
	c->status = READY | ERR;
	raise_irq(c);
}

/* Spoil the registers of a command: after it, a disk may leave anything there. */
static void
use_up_registers(struct sim_channel *c)
{
	c->count = c->low = c->mid = c->high = 0xA5;
	c->device ^= 5;
}

static void
write_command(struct sim_channel *c, uint8_t command)
{
	struct sim_disk *d = selected(c);

	if (!d->there && !d->packet)
		return;
	if (c->status != 0xFF && (c->status & (BSY | DRQ)))
		break_rule("a command while busy");
	if (c->settling > 0)
		break_rule("a command to a unit that was selected just now");
	if (c->ncommands < 64)
		c->commands[c->ncommands++] = command;
	c->command = command;
	c->intrq = false;
	if (polling && (flags_now & 0x200))
		break_rule("polling with interrupts on");
	if (fault.stuck && fault.before_stuck > 0) {
		fault.before_stuck--;
	} else if (fault.stuck && fault.stuck_commands) {
		if (fault.stuck_commands > 0)
			fault.stuck_commands--;
		c->status = BUSY;
		c->delay = 0;
		return;
	}
	if (d->packet) {
		c->mid = 0x14;
		c->high = 0xEB;
		abort_command(c);
		return;
	}
	if (command == 0xC6) {
		if (d->multiple && c->count <= d->multiple
		    && !(c->count & (c->count - 1))) {
			d->block = c->count;
			c->status = READY;
			raise_irq(c);
		} else
			abort_command(c);
		return;
	}
	if (((command == 0xC4 || command == 0xC5) && !d->block)
	    || (is_dma(command) && !d->dma)) {
		abort_command(c);
		return;
	}
	if (command != 0xEC && !strchr("\x20\x30\xC4\xC5\xC8\xCA", command))
		break_rule("an unknown command");
	if (command != 0xEC && !(c->device & 0x40))
		break_rule("no LBA");
	c->lba = c->low | c->mid << 8 | c->high << 16
		| (uint32_t)(c->device & 15) << 24;
	c->left = c->count ? c->count : 256;
	c->at = c->error_after = 0;
	use_up_registers(c);
	begin_wait(c);
}

static uint8_t
read_status(struct sim_channel *c, bool acknowledge)
{
	uint8_t status;

	if (c->settling > 0)
		c->settling--;
	if (c->floating)
		return 0xFF;
	if (!selected(c)->there && !selected(c)->packet)
		return 0;
	if (c->delay > 0 && --c->delay == 0) {
		c->delay = 1;
		ready(c);
	}
	status = c->status;
	if (acknowledge)
		c->intrq = false;
	return status;
}

/* A block has been moved through the data port. */
static void
moved(struct sim_channel *c)
{
	if (c->command == 0xEC) {
		c->status = READY;
		return;
	}
	if (is_write(c->command)) {
		c->at = c->end;
		begin_wait(c);
		return;
	}
	if (c->error_after) {
		c->status = READY | ERR;
		if (c->left)		/* a read ends without one */
			raise_irq(c);
		return;
	}
	if (c->left == 0)
		c->status = READY | (fault.drq_stays ? DRQ : 0);
	else
		begin_wait(c);
}

static struct sim_channel *
channel_at(int port, int *reg)
{
	int n;

	for (n = 0; n < 2; n++) {
		int base = n ? 0x170 : 0x1F0, control = n ? 0x376 : 0x3F6;

		if (port >= base && port < base + 8) {
			*reg = port - base;
			return &sims[n];
		}
		if (port == control) {
			*reg = 8;
			return &sims[n];
		}
		if (port >= 0xC000 + n * 8 && port < 0xC008 + n * 8) {
			*reg = 16 + port - 0xC000 - n * 8;
			return &sims[n];
		}
	}
	break_rule("an unknown port");
	return &sims[0];
}

uint8_t
inb(int port)
{
	int reg = 0;
	struct sim_channel *c = channel_at(port, &reg);

	accesses++;
	switch (reg) {
	case 4:
		return c->mid;
	case 5:
		return c->high;
	case 7:
		return read_status(c, true);
	case 8:
		return read_status(c, false);
	case 16 + 2:
		read_status(c, false);
		return c->bm_status;
	}
	break_rule("a port that is not to be read");
	return 0xFF;
}

void
outb(int port, uint8_t data)
{
	int reg = 0;
	struct sim_channel *c = channel_at(port, &reg);

	accesses++;
	if (reg >= 2 && reg <= 5 && c->status != 0xFF
	    && (c->status & (BSY | DRQ)) && selected(c)->there)
		break_rule("a register is written while busy");
	switch (reg) {
	case 2: c->count = data; break;
	case 3: c->low = data; break;
	case 4: c->mid = data; break;
	case 5: c->high = data; break;
	case 6:
		if ((c->device ^ data) & 0x10)
			c->settling = SETTLE_READS;
		c->device = data;
		break;
	case 7: write_command(c, data); break;
	case 8:
		if ((c->control & 4) && !(data & 4))
			reset(c);
		c->control = data;
		break;
	case 16:
		if ((data & 1) && (c->bm_command & 1))
			break_rule("DMA is started twice");
		c->bm_command = data;
		if (data & 1) {
			c->bm_status |= 1;
			if (!is_dma(c->command))
				break_rule("DMA before its command");
		} else
			c->bm_status &= ~1;
		break;
	case 16 + 2:
		c->bm_status &= ~(data & 6);
		break;
	default:
		break_rule("a port that is not to be written");
	}
}

static uint32_t
pci_register(void)
{
	int function = pci_address >> 8 & 7, device = pci_address >> 11 & 31;

	if (!machine.pci || !(pci_address & 0x80000000) || device != 1
	    || (pci_address >> 16 & 0xFF)
	    || (function && function != machine.function
		&& !(machine.other && function == 1)))
		return 0xFFFFFFFF;
	if (machine.other && function == 1)
		return (pci_address & 0xFF) == 8 ? 0x01060000 : 0x29228086;
	if (function != machine.function) {
		switch (pci_address & 0xFF) {
		case 0x00: return 0x70008086;
		case 0x08: return 0x06010000;
		case 0x0C: return 0x00800000;
		}
		return 0;
	}
	switch (pci_address & 0xFF) {
	case 0x00: return 0x70108086;
	case 0x04: return 0x02800000 | (pci_command & 0xFFFF);
	case 0x08: return 0x01010000 | (machine.master ? 0x8000 : 0)
		| (machine.native[0] ? 0x100 : 0)
		| (machine.native[1] ? 0x400 : 0);
	case 0x0C: return 0;
	case 0x20: return machine.bar ? 0xC001 : 0;
	}
	return 0;
}

uint32_t
inl(int port)
{
	accesses++;
	if (port == 0xCF8)
		return machine.pci ? pci_address : 0xFFFFFFFF;
	if (port == 0xCFC)
		return pci_register();
	break_rule("an unknown port of 32 bits");
	return 0;
}

void
outl(int port, uint32_t data)
{
	int reg;

	accesses++;
	if (port == 0xCF8)
		pci_address = data;
	else if (port == 0xCFC && (pci_address & 0xFF) == 4)
		pci_command = data;
	else if (port == 0xC004 || port == 0xC00C)
		channel_at(port, &reg)->table = data;
	else
		break_rule("an unknown port of 32 bits");
}

static void
move(int port, void *to, const void *from, uint32_t bytes)
{
	int reg = 0;
	struct sim_channel *c = channel_at(port, &reg);

	accesses++;
	if (reg != 0 || !(c->status & DRQ)) {
		break_rule("data while there is none");
		return;
	}
	if (is_write(c->command) != !to)
		break_rule("data in the wrong direction");
	if (bytes != c->end)
		break_rule("more or less data than a block");
	if (bytes > sizeof(c->buffer))
		return;
	if (to)
		memcpy(to, c->buffer, bytes);
	else
		memcpy(c->buffer, from, bytes);
	moved(c);
}

void
insw(int port, void *addr, int cnt)
{
	move(port, addr, NULL, cnt * 2);
}

void
insl(int port, void *addr, int cnt)
{
	move(port, addr, NULL, cnt * 4);
}

void
outsl(int port, const void *addr, int cnt)
{
	move(port, NULL, addr, cnt * 4);
}

uint32_t
read_eflags(void)
{
	return flags_now;
}

void
write_eflags(uint32_t eflags)
{
	flags_now = eflags;
}

void
cli(void)
{
	flags_now &= ~0x200U;
}

void
pic_unmask(int irq)
{
	unmasked |= 1U << irq;
}

#endif
