/*
 * Slots of the swap area: which are free, and what refers to the others (S1).
 *
 * Free slots are linked through their records, so that taking and freeing one
 * costs the same however many there are.
 *
 * Not its job: reading and writing slots (swapio.c).
 */

#include <inc/assert.h>
#include <inc/error.h>
#include <kern/framerun.h>
#include <kern/slot.h>

uint32_t slots_total, slots_free, slots_bad;
struct slot *slots;

/* The first free slot, or 0. */
static uint32_t first_free;

/* The free slot after n, which is free. */
static uint32_t
next_free(uint32_t n)
{
	const struct slot *s = slot_at(n);

	return (s->count - SLOT_FREE) << 16 | s->frame;
}

/*
 * Slots in use that cannot be read. Each is bad once nothing refers to it. If there
 * are more, those are used again, and may fail again.
 */
#define MAX_UNREADABLE	64
static uint32_t unreadable[MAX_UNREADABLE], nunreadable;

/* Forget that slot n cannot be read. Returns false if it can. */
static bool
take_unreadable(uint32_t n)
{
	uint32_t i;

	for (i = 0; i < nunreadable; i++)
		if (unreadable[i] == n) {
			unreadable[i] = unreadable[--nunreadable];
			return true;
		}
	return false;
}

void
slot_cannot_be_read(uint32_t n)
{
	if (!take_unreadable(n) && nunreadable == MAX_UNREADABLE)
		return;
	unreadable[nunreadable++] = n;
}

static void
free_slot(uint32_t n)
{
	if (unlikely(nunreadable) && take_unreadable(n)) {
		slot_set_bad(n);
		return;
	}
	*slot_at(n) = (struct slot) {
		.count = SLOT_FREE + (first_free >> 16), .frame = first_free
	};
	first_free = n;
	slots_free++;
}

int
slot_init(uint32_t n)
{
	slots = framerun_alloc(n * sizeof(slots[0]));
	if (!slots)
		return -E_NO_MEM;
	slots_total = n - 1;
	while (--n)
		free_slot(n);
	return 0;
}

uint32_t
slot_alloc(ppn_t frame)
{
	uint32_t n = first_free;

	if (!n)
		return 0;
	first_free = next_free(n);
	slots_free--;
	*slot_at(n) = (struct slot) { .count = 0, .frame = frame };
	return n;
}

void
slot_put(uint32_t n)
{
	struct slot *s = slot_at(n);

	assert(s->count > 0);
	if (--s->count == 0 && !s->frame)
		free_slot(n);
}

void
slot_release(uint32_t n)
{
	struct slot *s = slot_at(n);

	s->frame = 0;
	if (s->count == 0)
		free_slot(n);
}

void
slot_set_bad(uint32_t n)
{
	*slot_at(n) = (struct slot) { .count = SLOT_BAD, .frame = 0 };
	slots_bad++;
}
