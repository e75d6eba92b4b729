/* Panics for frames that were handled wrongly: which, and what is wrong. */

#include <kern/page_panic.h>
#include <kern/pmap.h>

void
page_free_misused(struct PageInfo *pp)
{
	static const char *const why[] = {
		[PG_RESERVED]	= "is reserved: it was never given out",
		[PG_FREE]	= "is free already",
		[PG_USED]	= "is still referenced",
	};
	uintptr_t offset = (uintptr_t)pp - (uintptr_t)pages;

	if (offset / sizeof(*pp) >= npages || offset % sizeof(*pp))
		panic("page_free: %p is no frame's PageInfo", (void *)pp);
	panic("page_free: the frame at 0x%08x %s (count %u)", page2pa(pp),
	      pp->pp_state < ARRAY_SIZE(why) ? why[pp->pp_state]
	      : "has a broken state", pp->pp_ref);
}

void
page_decref_misused(struct PageInfo *pp)
{
	panic("page_decref: the frame at 0x%08x has no reference to drop",
	      page2pa(pp));
}

void
page_insert_misused(struct PageInfo *pp, void *va)
{
	if (pp->pp_state != PG_USED)
		panic("page_insert: the frame at 0x%08x is %s", page2pa(pp),
		      pp->pp_state == PG_FREE ? "free" : "reserved");
	panic("page_insert: va %p is mapped by boot_map_region", va);
}

void
page_remove_misused(void *va)
{
	panic("page_remove: va %p is mapped by boot_map_region", va);
}
