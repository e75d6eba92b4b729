#ifndef PAGEWALK_KERN_SLOT_H
#define PAGEWALK_KERN_SLOT_H

/*
 * Slots: the pages of the swap area, by number. Slot 0 is the area's header,
 * and means "none".
 */

#include <inc/memlayout.h>

/*
 * A slot in use. It is freed when no entry names it and no frame holds its
 * contents. A free one has a count from SLOT_FREE on, with the upper bits of the
 * next free slot's number; the lower ones are in `frame`.
 */
struct slot {
	uint16_t count;		/* entries that name it */
	uint16_t frame;		/* with the same contents, or in transfer; or 0 */
};
#define SLOT_FREE	0xFFF0
#define SLOT_MAX_COUNT	(SLOT_FREE - 2)
#define SLOT_BAD	(SLOT_FREE - 1)	/* it has failed, and is not used */

/*
 * Slots in the area, free ones, and those that have failed. The area's header is
 * not one of them.
 */
extern uint32_t slots_total, slots_free, slots_bad;

extern struct slot *slots;

/*
 * Make records for the slots [1, n). Returns 0, or -E_NO_MEM with nothing
 * changed.
 */
int	slot_init(uint32_t n);

/* The record of slot n. => n < the area's size. */
static inline struct slot *
slot_at(uint32_t n)
{
	return &slots[n];
}

/*
 * Take a free slot, with count 0, for the contents of a frame. Returns its
 * number, or 0 if none is free.
 */
uint32_t slot_alloc(ppn_t frame);

/* Count one more entry. Returns false if the count has reached its maximum. */
static inline bool
slot_get(uint32_t n)
{
	struct slot *s = slot_at(n);

	if (s->count == SLOT_MAX_COUNT)
		return false;
	s->count++;
	return true;
}

/* Drop an entry. */
void	slot_put(uint32_t n);

/* The frame no longer holds the slot's contents. */
void	slot_release(uint32_t n);

/* Free a slot that failed: it is not used again. => Count and frame are 0. */
void	slot_set_bad(uint32_t n);

/*
 * A read of slot n, which is in use, has ended with this error, or 0. If its last
 * read failed, it becomes bad instead of free.
 */
void	slot_note_read(uint32_t n, int error);

/* True if an entry that is not present names a slot. */
static inline bool
entry_has_slot(pte_t entry)
{
	return !(entry & (PTE_P | PTE_FILE))
		&& PGNUM(entry) - 1 < slots_total;
}

/* True if an entry has a page that is not in memory. */
static inline bool
entry_is_absent(pte_t entry)
{
	return entry_has_slot(entry)
		|| ((entry & (PTE_P | PTE_FILE)) == PTE_FILE && slots_total);
}

/*
 * Release the slot that an entry names, if it names one. => The entry is
 * replaced.
 */
static inline void
entry_release(pte_t entry)
{
	if (entry_has_slot(entry))
		slot_put(PGNUM(entry));
}

#endif
