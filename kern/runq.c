/*
 * The run queue: a ring of slot numbers, doubly linked, with a head that is no
 * slot. Nothing is ever searched. The links are kept here, where users cannot
 * read them.
 */

#include <kern/runq.h>

#define HEAD	NENV		/* as runq_next says */

static struct {
	uint32_t next, prev;
} ring[NENV + 1];

void
runq_init(void)
{
	ring[HEAD].next = ring[HEAD].prev = HEAD;
}

void
runq_add(uint32_t n)
{
	uint32_t last = ring[HEAD].prev;

	ring[n].next = HEAD;
	ring[n].prev = last;
	ring[last].next = n;
	ring[HEAD].prev = n;
}

void
runq_remove(uint32_t n)
{
	uint32_t next = ring[n].next, prev = ring[n].prev;

	ring[prev].next = next;
	ring[next].prev = prev;
}

bool
runq_empty(void)
{
	return ring[HEAD].next == HEAD;
}

uint32_t
runq_next(void)
{
	uint32_t n = ring[HEAD].next, second = ring[n].next;

	/* In an empty ring all of these are HEAD, and nothing changes. */
	ring[HEAD].next = second;
	ring[second].prev = HEAD;
	return n;
}
