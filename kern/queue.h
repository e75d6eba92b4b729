#ifndef PAGEWALK_KERN_QUEUE_H
#define PAGEWALK_KERN_QUEUE_H

/*
 * Queues of environments, by slot number.
 *
 * Each queue is a ring, doubly linked, with a head that is no slot: nothing is
 * ever searched. An environment is in one queue at most, so that one pair of
 * links is enough for each.
 */

#include <inc/env.h>

enum {
	QUEUE_RUN = NENV,	/* the runnable environments */
	QUEUE_SLEEP,		/* those that sleep, the first to wake first */
	QUEUE_DISK,		/* those that wait for a page or a frame */
	QUEUE_SENDERS,		/* one for each slot: they wait to send to it */
	QUEUE_END = QUEUE_SENDERS + NENV, /* likewise: they wait for its end */
	NQUEUE_LINKS = QUEUE_END + NENV,
	QUEUE_NONE = NQUEUE_LINKS
};

/* The links of the slots, then those of the heads. Users cannot read them. */
struct queue_link {
	uint32_t next, prev;
};
extern struct queue_link queue_links[NQUEUE_LINKS];

/* Empty all queues. */
void	queue_init(void);

/*
 * Return the first slot of a queue, or queue itself if it is empty; the slot
 * after n, or queue if n is the last.
 */
static inline uint32_t
queue_first(uint32_t queue)
{
	return queue_links[queue].next;
}

static inline uint32_t
queue_after(uint32_t n)
{
	return queue_links[n].next;
}

static inline bool
queue_empty(uint32_t queue)
{
	return queue_first(queue) == queue;
}

/* Insert n before another slot, or, given a queue, at its end. */
static inline void
queue_insert(uint32_t before, uint32_t n)
{
	uint32_t prev = queue_links[before].prev;

	queue_links[n].next = before;
	queue_links[n].prev = prev;
	queue_links[prev].next = n;
	queue_links[before].prev = n;
}

/* Remove n from its queue. => It is in one. */
static inline void
queue_remove(uint32_t n)
{
	uint32_t next = queue_links[n].next, prev = queue_links[n].prev;

	queue_links[prev].next = next;
	queue_links[next].prev = prev;
}

/* Remove and return the first slot, or return queue if it is empty. */
static inline uint32_t
queue_take(uint32_t queue)
{
	uint32_t n = queue_links[queue].next, second = queue_links[n].next;

	/* In an empty ring all of these are its head, and nothing changes. */
	queue_links[queue].next = second;
	queue_links[second].prev = queue;
	return n;
}

#endif
