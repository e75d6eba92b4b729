/*
 * Checks of the disk driver and the swap area, on the disk that bears one. They
 * write to three places of the area, whose contents they put back, and nowhere
 * else. Without an area they are skipped.
 *
 * A disk that fails cannot be had on demand: test/host/ide_test.c simulates it.
 */

#include <inc/error.h>
#include <inc/string.h>
#include <inc/trap.h>
#include <inc/x86.h>
#include <kern/check/tables.h>
#include <kern/dev/ide.h>
#include <kern/page.h>
#include <kern/swaparea.h>

/* The data ports of the two interrupt controllers: masks. */
#define PIC1_MASK	0x21
#define PIC2_MASK	0xA1

/* Reading this port takes about a microsecond. */
#define DELAY_PORT	0x80
#define SECOND		1000000

enum way { POLLED, BY_INTERRUPT };

static struct swap_area area;

static struct ide_request r;
static volatile bool ended;

static void
note_end(struct ide_request *which)
{
	ended = which == &r;
}

/* Find the area; the check is skipped if there is none. */
static void
need_area(void)
{
	/* A request of a check that was ended, or of the kernel. */
	while (ide_active(&ide_disks[0]) || ide_active(&ide_disks[2]))
		/* its time is limited */;
	if (!swap_area_look(&area))
		check_skip("no disk bears a swap area");
	if (area.slots < 4)
		check_skip("the swap area has no room for three places");
}

/* Set the request: sectors of the area, counted from its header on. */
static void
request(uint32_t sector, uint32_t count, bool write, struct PageInfo *pp)
{
	r.disk = area.disk;
	r.sector = area.first + sector;
	r.count = count;
	r.write = write;
	r.data = page2kva(pp);
	r.pa = page2pa(pp);
	r.error = 1;
	r.done = note_end;
}

static void
start(void)
{
	cli();
	ended = false;
	ide_start(&r);
}

/* Carry out the request, by DMA or PIO; demand that it succeeds. */
static void
carry_out(enum way way, bool dma)
{
	uint32_t retries = area.disk->retries;
	bool was = area.disk->dma;

	area.disk->dma = dma;
	if (way == POLLED)
		ide_transfer(&r);
	else
		start();
	area.disk->dma = was;
	sti();
	while (way == BY_INTERRUPT && !ended)
		/* its time is limited */;
	EXPECT_THAT(r.error == 0 && area.disk->retries == retries,
		    "no error at the first attempt",
		    "error %d: %s of %u sectors, from sector %u on, by %s",
		    r.error, r.write ? "write" : "read", r.count, r.sector,
		    dma ? "DMA" : "PIO");
}

static void
transfer(uint32_t sector, uint32_t count, bool write, struct PageInfo *pp)
{
	request(sector, count, write, pp);
	carry_out(POLLED, area.disk->dma);
}

/* Words that differ in each sector, transfer and place. */
static void
fill(struct PageInfo *pp, uint32_t sector, uint32_t count, uint32_t seed)
{
	uint32_t *words = page2kva(pp), i;

	for (i = 0; i < count * IDE_SECTOR / 4; i++)
		words[i] = (sector + i / (IDE_SECTOR / 4)) * 0x9E3779B9
			+ i * 0x10001 + seed;
}

static void
expect_data(struct PageInfo *is, struct PageInfo *should, uint32_t bytes)
{
	const char *a = page2kva(is), *b = page2kva(should);
	uint32_t i;

	for (i = 0; i < bytes && a[i] == b[i]; i++)
		/* the same */;
	EXPECT_THAT(i == bytes, "the data that were written",
		    "byte %u of %u differs", i, bytes);
}

struct frames {
	struct PageInfo *saved, *written, *read;
};

/*
 * Write 1 to 8 sectors at the end of a slot, and read them again. Use DMA for
 * only one of the two, if the disk has it.
 */
static void
write_and_read(enum way way, struct frames f, uint32_t slot, bool write_by_dma)
{
	const uint32_t end = (slot + 1) * SLOT_SECTORS;
	const bool has_dma = area.disk->dma;
	const char *beside;
	uint32_t count;

	transfer(end - SLOT_SECTORS, SLOT_SECTORS, false, f.saved);
	for (count = 1; count <= SLOT_SECTORS; count++) {
		fill(f.written, end - count, count, write_by_dma);
		memset(page2kva(f.read), 0x5A, PGSIZE);
		request(end - count, count, true, f.written);
		carry_out(way, has_dma && write_by_dma);
		request(end - count, count, false, f.read);
		carry_out(way, has_dma && !write_by_dma);
		expect_data(f.read, f.written, count * IDE_SECTOR);
		beside = (char *)page2kva(f.read) + count * IDE_SECTOR;
		EXPECT_THAT(count == SLOT_SECTORS || *beside == 0x5A,
			    "memory after the data is unchanged",
			    "a byte is 0x%02x", *beside);
	}
	transfer(end - SLOT_SECTORS, SLOT_SECTORS, true, f.saved);
}

/* The first slot after the header, one in the middle, and the last one. */
static void
each_place(enum way way)
{
	struct frames f;
	int i;

	need_area();
	f.saved = check_take();
	f.written = check_take();
	f.read = check_take();
	for (i = 0; i < 2; i++) {
		write_and_read(way, f, 1, i);
		write_and_read(way, f, area.slots / 2, i);
		write_and_read(way, f, area.slots - 1, i);
	}
}

static void
sectors_are_transferred_by_polling(void)
{
	each_place(POLLED);
}

static void
sectors_are_transferred_by_interrupts(void)
{
	each_place(BY_INTERRUPT);
}

/* Wait for the request to end, with interrupts; a second at most. */
static bool
wait_for_end(void)
{
	int i;

	for (i = 0; i < SECOND && !ended; i++) {
		inb(DELAY_PORT);
		take_interrupts();
	}
	return ended;
}

/* Start a read with an interrupt controller's line masked: does it end? */
static bool
ends_without(int mask_port, uint8_t line)
{
	bool in_time;
	uint8_t mask;

	request(0, 1, false, check_take());
	start();
	mask = inb(mask_port);		/* ide_start may unmask */
	outb(mask_port, mask | line);
	in_time = wait_for_end();
	outb(mask_port, mask);
	sti();
	while (!ended)
		/* its time is limited */;
	EXPECT_EQ(r.error, 0);
	return in_time;
}

static void
request_ends_by_its_interrupt(void)
{
	need_area();
	EXPECT_THAT(ends_without(PIC1_MASK, 1 << IRQ_TIMER),
		    "it ends without the timer", "it does not");
}

static void
request_ends_though_its_interrupt_is_lost(void)
{
	int irq;

	need_area();
	irq = IRQ_IDE + area.disk->channel;
	EXPECT_THAT(ends_without(PIC2_MASK, 1 << (irq - 8)),
		    "a tick ends it", "none does");
}

static void
interrupts_without_a_request_are_ignored(void)
{
	need_area();
	ended = false;
	cli();
	ide_interrupt(IRQ_IDE);
	ide_interrupt(IRQ_IDE + 1);
	ide_tick();
	sti();
	EXPECT_EQ(ended, false);
}

static void
sectors_beyond_the_disk_are_refused(void)
{
	need_area();
	request(0, 2, false, check_take());
	r.sector = area.disk->sectors - 1;
	EXPECT_EQ(ide_transfer(&r), -E_INVAL);
	r.count = 1;
	EXPECT_EQ(ide_transfer(&r), 0);
	r.sector++;
	EXPECT_EQ(ide_transfer(&r), -E_INVAL);
}

static void
area_is_counted_when_it_is_taken(void)
{
	struct PageInfo *before = check_take(), *after = check_take();
	struct swap_area taken;
	struct swap_header *h;

	need_area();
	transfer(0, SLOT_SECTORS, false, before);
	EXPECT_THAT(swap_area_find(&taken), "the area", "none");
	transfer(0, SLOT_SECTORS, false, after);
	transfer(0, SLOT_SECTORS, true, before);
	h = page2kva(after);
	EXPECT_EQ(taken.generation, area.generation + 1);
	EXPECT_EQ(h->generation, area.generation + 1);
	EXPECT_THAT(!swap_header_fault(h, area.slots * SLOT_SECTORS),
		    "a valid header", "%s",
		    swap_header_fault(h, area.slots * SLOT_SECTORS));
	h->generation--;
	h->checksum++;
	expect_data(after, before, PGSIZE);
}

const struct check own_disk_checks[] = {
	LONG_OWN(DISK, sectors_are_transferred_by_polling, "ide_transfer",
		 "ide_transfer moves 1 to 8 sectors, by DMA and by PIO"),
	LONG_OWN(DISK, sectors_are_transferred_by_interrupts, "ide_start",
		 "ide_start moves 1 to 8 sectors, by DMA and by PIO"),
	LONG_OWN(DISK, request_ends_by_its_interrupt, "ide_interrupt",
		 "ide_interrupt ends a request, without the timer"),
	LONG_OWN(DISK, request_ends_though_its_interrupt_is_lost, "ide_tick",
		 "ide_tick ends a request whose interrupt was lost"),
	LONG_OWN(DISK, interrupts_without_a_request_are_ignored,
		 "ide_interrupt",
		 "ide_interrupt ignores an interrupt that was not expected"),
	LONG_OWN(DISK, sectors_beyond_the_disk_are_refused, "ide_start",
		 "ide_start refuses sectors that the disk does not have"),
	LONG_OWN(DISK, area_is_counted_when_it_is_taken, "swap_area_find",
		 "swap_area_find adds 1 to the generation, and writes no more"),
	CHECK_TABLE_END
};
