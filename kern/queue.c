/* The links of the queues. */

#include <kern/queue.h>

struct queue_link queue_links[NQUEUE_LINKS];

void
queue_init(void)
{
	uint32_t q;

	for (q = NENV; q < NQUEUE_LINKS; q++)
		queue_links[q].next = queue_links[q].prev = q;
}
