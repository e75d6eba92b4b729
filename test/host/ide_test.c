/*
 * kern/dev/ide.c and kern/dev/pci.c on the host: disks that fail, stop, lose
 * interrupts, or are not there. No emulator can be told to do all that.
 */

#include "unit.h"
#include "ide_sim.h"
#include "ide_structs.h"

extern struct ide_disk ide_disks[4];
void ide_init(void);
void ide_start(struct ide_request *r);
void ide_interrupt(int irq);
void ide_tick(void);
int ide_transfer(struct ide_request *r);
bool ide_active(const struct ide_disk *disk);

#define E_UNSPECIFIED	1
#define E_INVAL		3
#define IRQ		14
#define TICKS_MAX	310		/* about three seconds */
#define MAX_SECTORS	(1U << 28)

/* The memory of requests: a page, with room on both sides. */
#define PAGE		4096
static uint8_t memory[3 * PAGE];
#define MEMORY_PA	0x500000
#define DATA		(memory + PAGE)

static struct ide_request request;
static int ndone;
static bool lose_interrupts;

static void
note_done(struct ide_request *r)
{
	(void)r;
	ndone++;
}

/* A machine with four disks, and a driver that has just been loaded. */
static void
plug(void)
{
	int n;

	memset(disks, 0, sizeof(disks));
	memset(sims, 0, sizeof(sims));
	memset(&machine, 0, sizeof(machine));
	memset(&fault, 0, sizeof(fault));
	for (n = 0; n < 4; n++) {
		disks[n].there = disks[n].lba = disks[n].dma = true;
		disks[n].sectors = 2048;
		disks[n].multiple = 16;
		disks[n].model = "DISK";
	}
	for (n = 0; n < 2; n++)
		sims[n].status = READY;
	machine.pci = machine.master = machine.bar = true;
	machine.function = 1;
	machine.slow = 9;
	fault.times = -1;
	pci_command = 0;
	broken[0] = '\0';
	unmasked = 0;
	lose_interrupts = polling = false;
	flags_now = 0x202;
	sim_memory = memory;
	sim_memory_pa = MEMORY_PA;
	sim_memory_size = sizeof(memory);
}

/* Forget everything, as a driver that has just been loaded (kernel_ide.c). */
void ide_forget(void);

static void
find(void)
{
	ide_forget();
	ide_init();
	sims[0].ncommands = sims[1].ncommands = 0;
}

static void
plug_and_find(void)
{
	plug();
	find();
}

static void
no_rule_broken(void)
{
	CHECK(!broken[0], "%s", broken);
}

/* Deliver what interrupts there are. */
static void
deliver(void)
{
	int n;

	for (n = 0; n < 2; n++)
		if (sims[n].edge) {
			sims[n].edge = false;
			if (!lose_interrupts && (unmasked >> (IRQ + n) & 1))
				ide_interrupt(IRQ + n);
		}
}

static void
set_request(int disk, uint32_t sector, uint32_t count, bool write)
{
	memset(&request, 0, sizeof(request));
	request.disk = &ide_disks[disk];
	request.sector = sector;
	request.count = count;
	request.write = write;
	request.data = DATA;
	request.pa = MEMORY_PA + PAGE;
	request.error = 99;
	request.done = note_done;
	ndone = 0;
}

/* Carry out the request by interrupts. Returns the number of ticks. */
static int
carry_out(void)
{
	struct sim_channel *c = &sims[request.disk->channel];
	int ticks = 0, turns;

	ide_start(&request);
	CHECK(ndone == 0, "done before ide_start has returned");
	while (!ndone && ticks < 2 * TICKS_MAX) {
		for (turns = 0; turns < 40 && !ndone; turns++) {
			run(c);
			deliver();
		}
		if (ndone)
			break;
		ide_tick();
		ticks++;
	}
	CHECK(ndone == 1, "%d calls of done", ndone);
	CHECK(!ide_active(request.disk), "still active");
	return ticks;
}

static void
fill(uint8_t *at, uint32_t bytes, uint32_t seed)
{
	uint32_t i;

	for (i = 0; i < bytes; i++)
		at[i] = (seed * 2654435761U >> 13) + i * 7 + (i >> 9) * 31;
}

/* Set the sectors of a disk, and the memory, to different patterns. */
static void
patterns(int disk, uint32_t sector, uint32_t count, bool write)
{
	uint32_t i;

	memset(memory, 0xEE, sizeof(memory));
	for (i = 0; i < count + 2; i++)
		memset(disks[disk].data[(sector - 1 + i) % STORED], 0xDD,
		       SECTOR);
	if (write)
		fill(DATA, count * SECTOR, sector + count);
	else
		for (i = 0; i < count; i++)
			fill(disks[disk].data[(sector + i) % STORED], SECTOR,
			     sector + i);
}

static bool
all(const uint8_t *at, uint8_t value, uint32_t bytes)
{
	while (bytes && *at == value)
		at++, bytes--;
	return bytes == 0;
}

/* Compare them, and what lies beside them, after the transfer. */
static void
compare(int disk, uint32_t sector, uint32_t count, bool write)
{
	const struct sim_disk *d = &disks[disk];
	uint8_t want[8 * SECTOR];
	uint32_t i, bytes = count * SECTOR;

	if (write)
		fill(want, bytes, sector + count);
	for (i = 0; i < count; i++) {
		if (!write)
			fill(want + i * SECTOR, SECTOR, sector + i);
		CHECK(memcmp(d->data[(sector + i) % STORED], want + i * SECTOR,
			     SECTOR) == 0, "sector %u on disk", sector + i);
	}
	CHECK(memcmp(DATA, want, bytes) == 0, "memory differs");
	CHECK(all(memory, 0xEE, PAGE)
	      && all(DATA + bytes, 0xEE, sizeof(memory) - PAGE - bytes),
	      "memory beside the data was written");
	CHECK(all(d->data[(sector - 1) % STORED], 0xDD, SECTOR)
	      && all(d->data[(sector + count) % STORED], 0xDD, SECTOR),
	      "sectors beside were written");
}

static void
set_dma(bool dma)
{
	int n;

	for (n = 0; n < 4; n++)
		ide_disks[n].dma = dma;
}

/* Transfers of all sizes at the beginning, in the middle and at the end. */
static void
transfers(int disk, bool by_interrupt)
{
	const uint32_t last = disks[disk].sectors;
	uint32_t count, i, write;

	for (count = 1; count <= 8; count++)
		for (i = 0; i < 6; i++) {
			uint32_t sector = i < 2 ? 0 : i < 4 ? 777
				: last - count;

			write = i % 2;
			patterns(disk, sector, count, write);
			set_request(disk, sector, count, write);
			if (by_interrupt) {
				int ticks = carry_out();

				CHECK(ticks == 0, "%d ticks", ticks);
			} else {
				ide_transfer(&request);
				CHECK(ndone == 0, "done was called");
			}
			CHECK(request.error == 0, "error %d, sector %u + %u",
			      request.error, sector, count);
			compare(disk, sector, count, write);
		}
	no_rule_broken();
}

/* --- Finding ------------------------------------------------------------- */

static void
disks_are_found(void)
{
	int n;

	plug_and_find();
	for (n = 0; n < 4; n++) {
		CHECK(ide_disks[n].present && !ide_disks[n].packet, "disk %d",
		      n);
		CHECK(ide_disks[n].channel == n / 2
		      && ide_disks[n].unit == n % 2, "place of disk %d", n);
		CHECK(ide_disks[n].sectors == 2048, "%u",
		      ide_disks[n].sectors);
		CHECK(ide_disks[n].dma, "no DMA");
		CHECK(strcmp(ide_disks[n].model, "DISK") == 0, "%s",
		      ide_disks[n].model);
	}
	no_rule_broken();
}

static void
empty_places_are_found(void)
{
	int n;

	plug();
	sims[0].floating = true;
	disks[2].there = false;
	find();
	for (n = 0; n < 3; n++)
		CHECK(!ide_disks[n].present && !ide_disks[n].packet,
		      "disk %d", n);
	CHECK(ide_disks[3].present, "not the slave");
	no_rule_broken();
}

static void
packet_devices_are_no_disks(void)
{
	plug();
	disks[1].there = disks[2].there = false;
	disks[1].packet = disks[2].packet = true;
	find();
	CHECK(ide_disks[1].packet && !ide_disks[1].present, "disk 1");
	CHECK(ide_disks[2].packet && !ide_disks[2].present, "disk 2");
	CHECK(ide_disks[0].present && ide_disks[3].present, "the others");
	no_rule_broken();
}

static void
disk_that_never_answers_is_no_disk(void)
{
	plug();
	fault.stuck = true;
	fault.stuck_commands = -1;
	accesses = 0;
	find();
	CHECK(!ide_disks[0].present, "disk 0 is there");
	CHECK(accesses < 5000000, "%d port accesses", accesses);
}

static void
disk_without_lba_is_no_disk(void)
{
	plug();
	disks[3].lba = false;
	find();
	CHECK(!ide_disks[3].present && ide_disks[2].present, "it is there");
}

static void
first_part_of_a_large_disk_is_used(void)
{
	plug();
	disks[0].sectors = MAX_SECTORS + 5;
	disks[2].sectors = MAX_SECTORS - 1;
	find();
	CHECK(ide_disks[0].sectors == MAX_SECTORS, "%u", ide_disks[0].sectors);
	CHECK(ide_disks[2].sectors == MAX_SECTORS - 1, "%u",
	      ide_disks[2].sectors);
}

static void
model_is_readable(void)
{
	plug();
	disks[0].model = "0123456789012345678901234567890123456789";
	disks[1].model = "odd";
	disks[2].model = "a\x1b[31m\xff z";
	disks[3].model = "";
	find();
	CHECK(strcmp(ide_disks[0].model, disks[0].model) == 0, "'%s'",
	      ide_disks[0].model);
	CHECK(strcmp(ide_disks[1].model, "odd") == 0, "'%s'",
	      ide_disks[1].model);
	CHECK(strcmp(ide_disks[2].model, "a?[31m? z") == 0, "'%s'",
	      ide_disks[2].model);
	CHECK(strcmp(ide_disks[3].model, "") == 0, "'%s'",
	      ide_disks[3].model);
}

static void
disks_are_found_once(void)
{
	plug_and_find();
	accesses = 0;
	ide_init();
	CHECK(accesses == 0, "%d port accesses", accesses);
}

/* Who has DMA, as one bit for each disk? */
static unsigned
dma_bits(void)
{
	unsigned bits = 0, n;

	find();
	for (n = 0; n < 4; n++)
		bits |= ide_disks[n].dma << n;
	no_rule_broken();
	return bits;
}

static void
dma_needs_disk_and_controller(void)
{
	unsigned bits;

	plug();
	disks[1].dma = false;
	bits = dma_bits();
	CHECK(bits == 0xD, "a disk without: %x", bits);
	plug();
	machine.pci = false;
	bits = dma_bits();
	CHECK(bits == 0, "no PCI: %x", bits);
	plug();
	machine.master = false;
	bits = dma_bits();
	CHECK(bits == 0, "no bus master: %x", bits);
	plug();
	machine.bar = false;
	bits = dma_bits();
	CHECK(bits == 0, "no ports: %x", bits);
	plug();
	machine.native[0] = true;
	bits = dma_bits();
	CHECK(bits == 0xC, "the first channel has other ports: %x", bits);
	plug();
	machine.native[1] = true;
	bits = dma_bits();
	CHECK(bits == 0x3, "the second one has: %x", bits);
}

static void
controller_is_found_at_any_function(void)
{
	int n;

	for (n = 0; n < 8; n++) {
		plug();
		machine.function = n;
		CHECK(dma_bits() == 0xF, "function %d", n);
	}
}

static void
other_controllers_are_passed_over(void)
{
	plug();
	machine.function = 3;
	machine.other = true;
	CHECK(dma_bits() == 0xF, "it is not found");
}

static void
bus_master_is_allowed_to_access_memory(void)
{
	plug_and_find();
	CHECK(pci_command == 5, "command and status 0x%08x", pci_command);
	plug();
	pci_command = 0x100;
	find();
	CHECK(pci_command == 0x105, "command and status 0x%08x", pci_command);
}

/* --- Transfers ----------------------------------------------------------- */

static void
dma_transfers(void)
{
	plug_and_find();
	transfers(2, true);
	transfers(3, true);
	transfers(0, true);
	CHECK(ide_disks[1].retries + ide_disks[2].retries == 0,
	      "some were tried again");
}

static void
dma_transfers_by_polling(void)
{
	plug_and_find();
	transfers(1, false);
	transfers(2, false);
	CHECK(ide_disks[1].retries + ide_disks[2].retries == 0,
	      "some were tried again");
}

static void
pio_transfers(void)
{
	plug_and_find();
	set_dma(false);
	transfers(0, true);
	transfers(3, true);
	CHECK(sims[1].commands[0] == 0xC4 && sims[1].commands[1] == 0xC5,
	      "commands %x %x", sims[1].commands[0], sims[1].commands[1]);
}

static void
pio_transfers_by_polling(void)
{
	plug_and_find();
	set_dma(false);
	transfers(2, false);
	transfers(1, false);
}

static void
transfers_of_single_sectors(void)
{
	plug();
	disks[2].multiple = 0;
	disks[0].multiple = 4;
	find();
	set_dma(false);
	transfers(2, true);
	transfers(2, false);
	transfers(0, true);
	CHECK(sims[1].commands[0] == 0x20 && sims[1].commands[1] == 0x30,
	      "commands %x %x", sims[1].commands[0], sims[1].commands[1]);
}

static void
ways_can_alternate(void)
{
	int n;

	plug_and_find();
	for (n = 0; n < 8; n++) {
		ide_disks[2].dma = n & 1;
		ide_disks[3].dma = n & 2;
		transfers(2 + (n >> 2), n & 1);
	}
	CHECK(ide_disks[2].retries + ide_disks[3].retries == 0,
	      "some were tried again");
}

static void
all_bits_of_the_sector_count(void)
{
	uint32_t bit;

	plug();
	disks[0].sectors = disks[3].sectors = MAX_SECTORS;
	find();
	for (bit = 1; bit < MAX_SECTORS; bit <<= 1) {
		set_request(3, bit, 1, false);
		carry_out();
		CHECK(sims[1].lba == bit + 1, "%x for %x", sims[1].lba - 1,
		      bit);
		set_request(0, MAX_SECTORS - 1 - bit, 1, false);
		ide_transfer(&request);
		CHECK(sims[0].lba == MAX_SECTORS - bit, "%x for %x",
		      sims[0].lba - 1, MAX_SECTORS - 1 - bit);
	}
	no_rule_broken();
}

/*
 * QEMU has the next sector in the registers after a command, and v86 has other
 * bits in the device register.
 */
static void
place_is_given_to_each_command(void)
{
	const uint32_t border = 1 << 24;
	int n;

	plug();
	disks[2].sectors = MAX_SECTORS;
	find();
	for (n = 0; n < 6; n++) {
		set_dma(n & 1);
		set_request(2, border - 8, 8, n & 2);
		carry_out();
		set_request(2, 5, 8, n & 2);
		carry_out();
		CHECK(request.error == 0 && sims[1].lba == 13, "%d, 0x%x",
		      request.error, sims[1].lba);
	}
	CHECK(ide_disks[2].retries == 0, "%u retries", ide_disks[2].retries);
	no_rule_broken();
}

static void
channels_work_at_once(void)
{
	struct ide_request other;

	plug_and_find();
	patterns(2, 5, 8, false);
	set_request(2, 5, 8, false);
	other = request;
	ide_start(&other);
	CHECK(ide_active(&ide_disks[3]) && !ide_active(&ide_disks[1]),
	      "activity");
	set_request(1, 9, 1, true);
	request.data = memory;
	request.pa = MEMORY_PA;
	ide_start(&request);
	run(&sims[0]);
	deliver();
	CHECK(ndone == 1 && request.error == 0 && other.error == 99,
	      "%d done", ndone);
	run(&sims[1]);
	deliver();
	CHECK(ndone == 2 && other.error == 0, "%d done", ndone);
	no_rule_broken();
}

static void
few_accesses_for_dma(void)
{
	plug_and_find();
	set_request(2, 5, 8, true);
	carry_out();
	set_request(2, 50, 8, false);
	accesses = 0;
	carry_out();
	CHECK(accesses <= 11, "%d", accesses);
}

static void
first_channel_is_selected_each_time(void)
{
	plug_and_find();
	set_dma(false);
	transfers(0, true);
	sims[0].device = 0xF0;		/* the file server's disk */
	transfers(0, true);
	sims[0].device = 0xF0;
	transfers(0, false);
}

static void
interrupts_come_when_they_are_used(void)
{
	plug_and_find();
	CHECK(!unmasked, "%x", unmasked);
	set_request(2, 5, 1, false);
	ide_transfer(&request);
	CHECK(!unmasked, "%x", unmasked);
	carry_out();
	CHECK(unmasked == 1U << 15, "%x", unmasked);
	set_request(0, 5, 1, false);
	carry_out();
	CHECK(unmasked == 3U << 14, "%x", unmasked);
}

static void
polling_turns_interrupts_off(void)
{
	plug_and_find();
	polling = true;
	set_request(2, 5, 1, false);
	ide_transfer(&request);
	CHECK(request.error == 0, "%d", request.error);
	no_rule_broken();
}

static void
polling_leaves_the_interrupt_flag(void)
{
	plug_and_find();
	set_request(2, 5, 1, false);
	ide_transfer(&request);
	CHECK(flags_now == 0x202, "%x", flags_now);
	flags_now = 2;
	ide_transfer(&request);
	CHECK(flags_now == 2, "%x", flags_now);
}

/* --- Bad arguments ------------------------------------------------------- */

static void
refuse(int disk, uint32_t sector, uint32_t count)
{
	int before = sims[disk / 2].ncommands, ticks;

	set_request(disk, sector, count, true);
	ticks = carry_out();
	CHECK(request.error == -E_INVAL && ticks <= 1, "%d after %d ticks",
	      request.error, ticks);
	set_request(disk, sector, count, true);
	CHECK(ide_transfer(&request) == -E_INVAL, "%d", request.error);
	CHECK(sims[disk / 2].ncommands == before, "the disk saw it");
}

static void
sectors_beyond_the_disk_are_refused(void)
{
	plug();
	disks[3].there = false;
	find();
	refuse(2, 2048, 1);
	refuse(2, 2047, 2);
	refuse(2, 2041, 8);
	refuse(2, 0xFFFFFFFF, 1);
	refuse(2, 0xFFFFFFFF, 8);
	refuse(2, 0, 0);
	refuse(2, 0, 9);
	refuse(2, 0, 0xFFFFFFFF);
	refuse(3, 0, 1);
	transfers(2, true);
}

/* --- Errors -------------------------------------------------------------- */

/* One sector cannot be read or written: which requests fail? */
static void
bad_sector(int disk, bool by_interrupt)
{
	uint32_t bad, write;
	int error;

	for (bad = 98; bad <= 109; bad++)
		for (write = 0; write < 2; write++) {
			fault.on = true;
			fault.sector = bad;
			set_request(disk, 100, 8, write);
			if (by_interrupt)
				CHECK(carry_out() == 0, "it took ticks");
			else
				ide_transfer(&request);
			error = bad < 100 || bad > 107 ? 0 : -E_UNSPECIFIED;
			CHECK(request.error == error, "%d, sector %u",
			      request.error, bad);
			fault.on = false;
		}
	no_rule_broken();
	transfers(disk, by_interrupt);
}

static void
bad_sector_is_an_error(void)
{
	int n;

	plug_and_find();
	for (n = 0; n < 4; n++) {
		set_dma(n & 1);
		bad_sector(2, n & 2);
	}
	CHECK(sims[1].resets == 0, "%d resets", sims[1].resets);
}

static void
bad_sector_is_found_after_the_data(void)
{
	int n;

	plug_and_find();
	fault.late = true;
	for (n = 0; n < 4; n++) {
		set_dma(n & 1);
		bad_sector(3, n & 2);
	}
}

static void
status_of_ones_is_an_error(void)
{
	int n;

	plug_and_find();
	fault.ff = true;
	for (n = 0; n < 4; n++) {
		set_dma(n & 1);
		bad_sector(2, n & 2);
	}
}

static void
failed_device_is_an_error(void)
{
	int n;

	plug_and_find();
	fault.df = true;
	for (n = 0; n < 4; n++) {
		set_dma(n & 1);
		bad_sector(2, n & 2);
	}
}

static void
error_that_passes_is_tried_again(void)
{
	int n;

	for (n = 0; n < 8; n++) {
		plug_and_find();
		set_dma(n & 1);
		fault.on = true;
		fault.sector = 12;
		fault.times = 1;
		patterns(2, 10, 8, n & 4);
		set_request(2, 10, 8, n & 4);
		if (n & 2)
			carry_out();
		else
			ide_transfer(&request);
		CHECK(request.error == 0, "%d", request.error);
		compare(2, 10, 8, n & 4);
		CHECK(sims[1].commands[sims[1].ncommands - 1]
		      == (n & 4 ? 0x30 : 0x20), "command %x",
		      sims[1].commands[sims[1].ncommands - 1]);
		CHECK(ide_disks[2].dma == (n & 1), "DMA is given up");
		no_rule_broken();
	}
}

static void
failed_request_is_tried_twice(void)
{
	plug_and_find();
	fault.on = true;
	fault.sector = 12;
	set_request(2, 10, 8, false);
	carry_out();
	CHECK(sims[1].ncommands == 2 && sims[1].commands[0] == 0xC8
	      && sims[1].commands[1] == 0x20, "%d commands",
	      sims[1].ncommands);
	CHECK(ide_disks[2].retries == 1, "%u retries", ide_disks[2].retries);
}

static void
errors_of_the_bus_master_are_seen(void)
{
	int n;

	for (n = 0; n < 4; n++) {
		plug_and_find();
		fault.dma_error = n & 1;
		fault.dma_short = !(n & 1);
		patterns(2, 10, 8, false);
		set_request(2, 10, 8, false);
		if (n & 2)
			carry_out();
		else
			ide_transfer(&request);
		CHECK(request.error == 0, "%d", request.error);
		compare(2, 10, 8, false);
		CHECK(sims[1].ncommands >= 2, "%d commands",
		      sims[1].ncommands);
		CHECK(ide_disks[2].dma, "it was waited for");
	}
}

static void
data_that_stay_are_an_error(void)
{
	int n;

	for (n = 0; n < 8; n++) {
		plug_and_find();
		set_dma(n & 1);
		fault.drq_stays = true;
		set_request(2, 10, 3, n & 4);
		if (n & 2)
			carry_out();
		else
			ide_transfer(&request);
		CHECK(request.error == -E_UNSPECIFIED, "%d, %d", n,
		      request.error);
		CHECK(sims[1].resets > 0, "%d resets", sims[1].resets);
		fault.drq_stays = false;
		set_dma(n & 1);
		transfers(2, n & 2);
	}
}

/* --- Time ---------------------------------------------------------------- */

static void
disk_that_stops_is_given_up(void)
{
	int n, ticks;

	for (n = 0; n < 4; n++) {
		plug_and_find();
		set_dma(n & 1);
		fault.stuck = true;
		fault.stuck_commands = -1;
		set_request(2, 10, 8, n & 2);
		ticks = carry_out();
		CHECK(request.error == -E_UNSPECIFIED, "%d", request.error);
		CHECK(ticks <= TICKS_MAX, "%d ticks", ticks);
		fault.stuck = false;
		transfers(2, true);
		CHECK(ide_disks[2].dma == false, "DMA is still used");
	}
}

static void
disk_that_stops_is_given_up_by_polling(void)
{
	int n;

	for (n = 0; n < 4; n++) {
		plug_and_find();
		set_dma(n & 1);
		fault.stuck = true;
		fault.stuck_commands = -1;
		accesses = 0;
		set_request(2, 10, 8, n & 2);
		CHECK(ide_transfer(&request) == -E_UNSPECIFIED, "%d",
		      request.error);
		CHECK(accesses > 100000 && accesses < 10000000,
		      "%d port accesses", accesses);
		fault.stuck = false;
		transfers(2, false);
	}
}

static void
disk_that_stops_once_goes_on(void)
{
	int n, ticks;

	for (n = 0; n < 4; n++) {
		plug_and_find();
		set_dma(n & 1);
		fault.stuck = true;
		fault.stuck_commands = 1;
		patterns(2, 10, 8, n & 2);
		set_request(2, 10, 8, n & 2);
		ticks = carry_out();
		CHECK(request.error == 0, "%d", request.error);
		CHECK(ticks <= TICKS_MAX / 2, "%d ticks", ticks);
		CHECK(sims[1].resets == 1, "%d resets", sims[1].resets);
		compare(2, 10, 8, n & 2);
		no_rule_broken();
	}
}

static void
second_attempt_has_its_own_time(void)
{
	int i;

	plug_and_find();
	fault.stuck = true;
	fault.stuck_commands = 1;
	set_request(2, 10, 8, false);
	ide_start(&request);
	for (i = 0; i < TICKS_MAX / 2 && sims[1].resets == 0; i++)
		ide_tick();
	CHECK(sims[1].resets == 1, "%d resets", sims[1].resets);
	machine.slow = 1000000;
	sims[1].delay = sims[1].delay ? machine.slow : 0;
	for (i = 0; i < 140; i++)
		ide_tick();
	CHECK(!ndone, "given up too early");
	for (i = 0; i < 10; i++)
		run(&sims[1]), deliver();
	CHECK(ndone == 1 && request.error == 0, "%d done, %d", ndone,
	      request.error);
}

static void
pio_that_stops_keeps_dma(void)
{
	plug_and_find();
	fault.on = true;
	fault.sector = 12;
	fault.times = 1;
	fault.stuck = true;
	fault.before_stuck = 1;
	fault.stuck_commands = -1;
	set_request(2, 10, 8, false);
	carry_out();
	CHECK(request.error == -E_UNSPECIFIED, "%d", request.error);
	CHECK(ide_disks[2].dma, "DMA is given up");
}

static void
blocks_are_set_again_after_a_reset(void)
{
	plug_and_find();
	set_dma(false);
	fault.stuck = true;
	fault.stuck_commands = 1;
	set_request(2, 10, 8, false);
	carry_out();
	CHECK(disks[2].block == 8 && disks[3].block == 8, "%d, %d",
	      disks[2].block, disks[3].block);
	set_request(3, 10, 8, false);
	carry_out();
	CHECK(sims[1].commands[sims[1].ncommands - 1] == 0xC4, "command %x",
	      sims[1].commands[sims[1].ncommands - 1]);
	no_rule_broken();
}

static void
dma_without_end_is_given_up(void)
{
	int ticks;

	plug_and_find();
	fault.dma_stuck = true;
	patterns(2, 10, 8, false);
	set_request(2, 10, 8, false);
	ticks = carry_out();
	CHECK(request.error == 0 && ticks <= TICKS_MAX / 2, "%d, %d ticks",
	      request.error, ticks);
	compare(2, 10, 8, false);
	CHECK(!ide_disks[2].dma && ide_disks[3].dma, "DMA of disks 2 and 3");
	CHECK(!(sims[1].bm_command & 1), "the bus master goes on");
	fault.dma_stuck = false;
	transfers(3, true);
	no_rule_broken();
}

static void
reset_that_fails_ends(void)
{
	int ticks;

	plug_and_find();
	fault.stuck = fault.reset_fails = true;
	fault.stuck_commands = -1;
	set_request(2, 10, 8, false);
	accesses = 0;
	ticks = carry_out();
	CHECK(request.error == -E_UNSPECIFIED && ticks <= TICKS_MAX,
	      "%d, %d ticks", request.error, ticks);
	CHECK(accesses < 5000000, "%d port accesses", accesses);
	set_request(2, 10, 8, true);
	ticks = carry_out();
	CHECK(request.error == -E_UNSPECIFIED && ticks <= TICKS_MAX,
	      "again: %d, %d ticks", request.error, ticks);
	fault.stuck = fault.reset_fails = false;
	set_dma(true);
	set_request(2, 10, 8, false);
	carry_out();
	CHECK(request.error == 0, "it works again: %d", request.error);
}

static void
write_that_is_not_asked_for_is_an_error(void)
{
	int ticks;

	plug_and_find();
	set_dma(false);
	fault.no_drq = true;
	set_request(2, 10, 8, true);
	ticks = carry_out();
	CHECK(request.error == -E_UNSPECIFIED && ticks <= 1, "%d, %d ticks",
	      request.error, ticks);
	no_rule_broken();
}

static void
end_of_a_write_is_not_waited_for(void)
{
	plug();
	disks[2].multiple = 0;
	find();
	set_dma(false);
	machine.slow = 1000;
	set_request(2, 10, 2, true);
	ide_start(&request);
	run(&sims[1]);
	deliver();
	CHECK(!ndone, "it has waited");
	run(&sims[1]);
	deliver();
	CHECK(ndone == 1 && request.error == 0, "%d done, %d", ndone,
	      request.error);
	no_rule_broken();
}

/* --- Interrupts ---------------------------------------------------------- */

static void
lost_interrupts_are_found(void)
{
	int n, ticks;

	plug_and_find();
	lose_interrupts = true;
	for (n = 0; n < 4; n++) {
		set_dma(n & 1);
		patterns(2, 10, 8, n & 2);
		set_request(2, 10, 8, n & 2);
		ticks = carry_out();
		CHECK(request.error == 0 && ticks <= 3, "%d, %d ticks",
		      request.error, ticks);
		compare(2, 10, 8, n & 2);
	}
	/* Single sectors: one tick each. */
	plug();
	disks[2].multiple = 0;
	find();
	set_dma(false);
	lose_interrupts = true;
	set_request(2, 10, 8, false);
	ticks = carry_out();
	CHECK(request.error == 0 && ticks <= 10, "%d, %d ticks",
	      request.error, ticks);
	no_rule_broken();
}

static void
unexpected_interrupts_are_acknowledged(void)
{
	int n;

	plug_and_find();
	for (n = 0; n < 2; n++) {
		sims[n].intrq = true;
		ide_interrupt(IRQ + n);
		CHECK(!sims[n].intrq, "channel %d", n);
	}
	no_rule_broken();
	transfers(2, true);
}

static void
early_interrupts_end_nothing(void)
{
	int n, i;

	for (n = 0; n < 4; n++) {
		plug_and_find();
		machine.slow = 100;
		set_dma(n & 1);
		patterns(3, 10, 8, n & 2);
		set_request(3, 10, 8, n & 2);
		ide_start(&request);
		for (i = 0; i < 5; i++)
			ide_interrupt(IRQ + 1);
		CHECK(!ndone, "it has ended");
		for (i = 0; i < 5; i++)
			run(&sims[1]), deliver();
		CHECK(ndone == 1 && request.error == 0, "%d done, %d", ndone,
		      request.error);
		compare(3, 10, 8, n & 2);
		CHECK(sims[1].ncommands == 1, "tried again");
		no_rule_broken();
	}
}

static void
data_are_waited_for(void)
{
	int n, i;

	plug_and_find();
	set_dma(false);
	fault.lazy = true;
	for (n = 0; n < 2; n++) {
		machine.slow = 100;
		patterns(3, 10, 8, false);
		set_request(3, 10, 8, false);
		ide_start(&request);
		for (i = 0; i < 5; i++)
			ide_interrupt(IRQ + 1);
		for (i = 0; i < 5; i++)
			run(&sims[1]), deliver();
		CHECK(ndone == 1 && request.error == 0, "%d done, %d", ndone,
		      request.error);
		compare(3, 10, 8, false);
	}
	no_rule_broken();
}

static void
ticks_without_a_request_do_nothing(void)
{
	plug_and_find();
	set_request(2, 10, 8, false);
	carry_out();
	accesses = 0;
	ide_tick();
	ide_tick();
	CHECK(accesses == 0 && ndone == 1, "%d port accesses, %d done",
	      accesses, ndone);
}

static int chain_left;

static void
next_one(struct ide_request *r)
{
	ndone++;
	CHECK(!ide_active(r->disk), "active in done");
	if (chain_left--) {
		r->sector++;
		ide_start(r);
	}
}

static void
done_may_start_the_next_one(void)
{
	int n, i;

	for (n = 0; n < 2; n++) {
		plug_and_find();
		lose_interrupts = n;
		set_request(2, 10, 8, false);
		request.done = next_one;
		chain_left = 4;
		ide_start(&request);
		for (i = 0; i < 20; i++) {
			run(&sims[1]);
			deliver();
			ide_tick();
		}
		CHECK(ndone == 5 && request.error == 0, "%d done, %d", ndone,
		      request.error);
		no_rule_broken();
	}
}

static void
time_of_a_request_is_its_own(void)
{
	int i;

	plug_and_find();
	machine.slow = 1000000;
	for (i = 0; i < 5; i++) {
		int ticks;

		set_request(2, 10, 8, false);
		ide_start(&request);
		for (ticks = 0; ticks < 140; ticks++)
			ide_tick();
		CHECK(!ndone, "given up too early");
		run(&sims[1]);
		deliver();
		CHECK(ndone == 1 && request.error == 0
		      && sims[1].ncommands == i + 1, "request %d: %d", i,
		      request.error);
	}
}

int
main(void)
{
	TEST(disks_are_found);
	TEST(empty_places_are_found);
	TEST(packet_devices_are_no_disks);
	TEST(disk_that_never_answers_is_no_disk);
	TEST(disk_without_lba_is_no_disk);
	TEST(first_part_of_a_large_disk_is_used);
	TEST(model_is_readable);
	TEST(disks_are_found_once);
	TEST(dma_needs_disk_and_controller);
	TEST(controller_is_found_at_any_function);
	TEST(other_controllers_are_passed_over);
	TEST(bus_master_is_allowed_to_access_memory);
	TEST(dma_transfers);
	TEST(dma_transfers_by_polling);
	TEST(pio_transfers);
	TEST(pio_transfers_by_polling);
	TEST(transfers_of_single_sectors);
	TEST(ways_can_alternate);
	TEST(all_bits_of_the_sector_count);
	TEST(place_is_given_to_each_command);
	TEST(channels_work_at_once);
	TEST(few_accesses_for_dma);
	TEST(first_channel_is_selected_each_time);
	TEST(interrupts_come_when_they_are_used);
	TEST(polling_turns_interrupts_off);
	TEST(polling_leaves_the_interrupt_flag);
	TEST(sectors_beyond_the_disk_are_refused);
	TEST(bad_sector_is_an_error);
	TEST(bad_sector_is_found_after_the_data);
	TEST(status_of_ones_is_an_error);
	TEST(failed_device_is_an_error);
	TEST(error_that_passes_is_tried_again);
	TEST(failed_request_is_tried_twice);
	TEST(errors_of_the_bus_master_are_seen);
	TEST(data_that_stay_are_an_error);
	TEST(disk_that_stops_is_given_up);
	TEST(disk_that_stops_is_given_up_by_polling);
	TEST(disk_that_stops_once_goes_on);
	TEST(second_attempt_has_its_own_time);
	TEST(pio_that_stops_keeps_dma);
	TEST(blocks_are_set_again_after_a_reset);
	TEST(dma_without_end_is_given_up);
	TEST(reset_that_fails_ends);
	TEST(write_that_is_not_asked_for_is_an_error);
	TEST(end_of_a_write_is_not_waited_for);
	TEST(lost_interrupts_are_found);
	TEST(unexpected_interrupts_are_acknowledged);
	TEST(early_interrupts_end_nothing);
	TEST(data_are_waited_for);
	TEST(ticks_without_a_request_do_nothing);
	TEST(done_may_start_the_next_one);
	TEST(time_of_a_request_is_its_own);
	return summary();
}
