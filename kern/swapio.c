/*
 * Transfers of pages. The disk carries out one request at a time; the others
 * wait in two queues, of reads and of writes.
 *
 * Not its job: what a transfer is for (evict.c, pagein.c).
 */

#include <inc/assert.h>
#include <inc/trap.h>
#include <kern/page.h>
#include <kern/swapio.h>
#include <kern/swapstate.h>

struct transfer {
	struct ide_request request;	/* the first member: see ended */
	uint32_t slot;
	ppn_t frame;
	struct transfer *next;
};

/* First in, first out. */
struct transfers {
	struct transfer *first, **last;
};

uint32_t swapio_reads, swapio_writes;

static swapio_fn *done;
static struct transfer all[MAX_TRANSFERS], *unused;
static struct transfers reads, writes;
static struct transfer *active;

static void
append(struct transfers *t, struct transfer *x)
{
	x->next = NULL;
	*t->last = x;
	t->last = &x->next;
}

/* Remove and return the first, or return NULL. */
static struct transfer *
take(struct transfers *t)
{
	struct transfer *x = t->first;

	if (x && !(t->first = x->next))
		t->last = &t->first;
	return x;
}

static void
next(void)
{
	if (active)
		return;
	active = take(&reads);
	if (!active)
		active = take(&writes);
	if (active)
		ide_start(&active->request);
}

/* The disk has carried out the active request. */
static void
ended(struct ide_request *r)
{
	struct transfer *t = (struct transfer *)r;
	bool write = r->write;
	uint32_t slot = t->slot;
	ppn_t frame = t->frame;

	active = NULL;
	t->next = unused;
	unused = t;
	if (write)
		swapio_writes--;
	else
		swapio_reads--;
	/* Keep the disk busy while the end is dealt with. */
	next();
	done(write, slot, frame, r->error);
}

void
swapio_init(swapio_fn *the_done)
{
	struct transfer *t;

	done = the_done;
	reads.last = &reads.first;
	writes.last = &writes.first;
	for (t = all; t < all + MAX_TRANSFERS; t++) {
		t->request.disk = swap_area.disk;
		t->request.count = SLOT_SECTORS;
		t->request.done = ended;
		t->next = unused;
		unused = t;
	}
}

void
swapio_start(bool write, uint32_t slot, ppn_t frame)
{
	struct transfer *t = unused;
	struct ide_request *r = &t->request;

	assert(t);
	unused = t->next;
	t->slot = slot;
	t->frame = frame;
	r->sector = swap_area.first + slot * SLOT_SECTORS;
	r->write = write;
	r->pa = frame << PGSHIFT;
	r->data = page2kva(&pages[frame]);
	if (write) {
		swapio_writes++;
		append(&writes, t);
	} else {
		swapio_reads++;
		append(&reads, t);
	}
	next();
}

bool
swapio_find(ppn_t frame, bool *write, uint32_t *slot)
{
	const struct transfer *lists[] = { active, reads.first, writes.first };
	const struct transfer *t;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lists); i++)
		for (t = lists[i]; t; t = t == active ? NULL : t->next)
			if (t->frame == frame) {
				*write = t->request.write;
				*slot = t->slot;
				return true;
			}
	return false;
}

/* Looks at the disk that take about as long as a tick. */
#define LOOKS_IN_TICK	10000

void
swapio_finish(void)
{
	uint32_t looks;

	for (looks = 1; active; looks++) {
		ide_interrupt(IRQ_IDE + swap_area.disk->channel);
		if (looks % LOOKS_IN_TICK == 0)
			ide_tick();
	}
}
