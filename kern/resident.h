#ifndef PAGEWALK_KERN_RESIDENT_H
#define PAGEWALK_KERN_RESIDENT_H

/*
 * The pages of programs that are in memory and may leave it: a record for each
 * frame, and a ring of them in the order of loading, with a hand.
 *
 * Frames here have PP_PAGED in pp_flags. Others have no valid record.
 */

#include <inc/env.h>
#include <kern/page.h>

struct resident {
	/* Neighbours in the ring, by frame number. */
	uint16_t next, prev;
	/*
	 * One of its mappings: the slot of the environment, above 20 bits of
	 * page number. Only a hint: the mapping may have gone.
	 */
	uint32_t where;
	/*
	 * The entry of that mapping, which exists; or no_entry if unknown. That is
	 * always 0: looking at A needs no other test.
	 */
	pte_t *pte;
	/*
	 * Where the same contents can be read again: as in an entry that is not
	 * present. 0: nowhere.
	 */
	uint32_t home : 20;
	uint32_t home_is_file : 1;
	uint32_t age : 8;
	uint32_t seen : 1;	/* used, since the policy has asked */
	uint32_t written : 1;	/* known to have been written */
};

extern struct resident *residents;	/* npages of them */
extern pte_t no_entry;

/* The ring: its number of pages, and the next to be looked at; 0 if empty. */
extern uint32_t resident_count;
extern ppn_t resident_hand;

/*
 * Set from the first time that memory is short: pages enter the ring. Before,
 * nobody needs it, and it would cost time.
 */
extern bool resident_listing;

/* Make the records of all frames. Returns 0, or -E_NO_MEM with nothing changed. */
int	resident_init(void);

/* The record of frame n. => resident_init has made it. */
static inline struct resident *
resident_at(ppn_t n)
{
	return &residents[n];
}

static inline uint32_t
where_of(uint32_t env_slot, uintptr_t va)
{
	return env_slot << 20 | PGNUM(va);
}

static inline uint32_t
where_slot(uint32_t where)
{
	return where >> 20;
}

static inline uintptr_t
where_va(uint32_t where)
{
	return where << PGSHIFT;
}

/*
 * Put frame n, mapped at `where`, behind the hand: it is looked at last. It has
 * no home. => It is not in the ring.
 */
void	resident_add(ppn_t n, uint32_t where);

/* Take frame n out of the ring. Its flags become 0; its home is forgotten. */
void	resident_remove(ppn_t n);

/* The slot with the same contents as frame n, or 0. => n is in the ring. */
static inline uint32_t
resident_slot(ppn_t n)
{
	const struct resident *r = resident_at(n);

	return r->home_is_file ? 0 : r->home;
}

/* Frame n has other contents than its home: forget that, and free its slot. */
void	resident_forget_home(ppn_t n);

/* True while uses are recorded (kern/reftrace.h), which clears A bits. */
extern bool resident_traced;

/* True if the recording has found frame n used since the last call. */
static inline bool
resident_take_seen(ppn_t n)
{
	struct resident *r = resident_at(n);
	bool seen = r->seen;

	r->seen = 0;
	return seen;
}

/* Called before a frame of the ring is freed, if not NULL. */
extern void (*resident_freed)(ppn_t n);

/* Called when the environment in a slot ends, if not NULL. */
extern void (*resident_env_ended)(uint32_t slot);

/* resident_unmapped, for a frame of the ring. */
void	resident_lost_mapping(struct PageInfo *pp, const pte_t *pte, pte_t old);

/*
 * The entry at pte, which was old and mapped pp, is cleared or replaced. Other
 * entries may still map pp: remember whether this one had written to it.
 */
static inline void
resident_unmapped(struct PageInfo *pp, const pte_t *pte, pte_t old)
{
	if (unlikely(pp->pp_flags & PP_PAGED))
		resident_lost_mapping(pp, pte, old);
}

#endif
