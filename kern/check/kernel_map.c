/*
 * The kernel's map as a few ranges. Many checks look at all of it; to walk its
 * tables for each of them would take a fifth of the boot.
 */

#include <kern/check/check.h>
#include <kern/check/interface.h>
#include <kern/check/kernel_map.h>

/*
 * Most ranges of a sound map are at UVPT, where each table and each 4 MiB page
 * is one. Of a map with more ranges, only the first ones are kept.
 */
#define NRANGES	128

static struct vm_range ranges[NRANGES];
static uint32_t nranges;
/* The number of the first page after the ranges; and the run it was read in. */
static uint32_t read_end, epoch;

static void
read_map(void)
{
	if (epoch == check_epoch)
		return;
	epoch = check_epoch;
	read_end = nranges = 0;
	while (nranges < NRANGES
	       && vm_next_range(kern_pgdir, &read_end, 1 << 20,
				&ranges[nranges]))
		nranges++;
}

bool
kernel_next_range(uint32_t *page, uint32_t limit, struct vm_range *r)
{
	uint32_t i, first, stop;

	read_map();
	for (i = 0; i < nranges; i++) {
		first = PGNUM(ranges[i].va);
		stop = MIN(first + ranges[i].npages, limit);
		first = MAX(first, *page);
		if (first >= stop)
			continue;
		*r = ranges[i];
		r->pa += (first - PGNUM(r->va)) * PGSIZE;
		r->va = first * PGSIZE;
		r->npages = stop - first;
		*page = stop;
		return true;
	}
	*page = MIN(MAX(*page, read_end), limit);
	return vm_next_range(kern_pgdir, page, limit, r);
}
