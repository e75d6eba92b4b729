/*
 * What checks use, saved before each and put back afterwards.
 *
 * To copy all frames around each check would take longer than the check. A
 * check takes its frames from the front of the free list: so NFRONT frames are
 * kept, with the directory's entries that checks use and the processor's
 * features. Only where time matters less (check.c's thorough runs), all frames
 * and the kernel's tables are remembered, once for a run of checks, which each
 * leave them as they were.
 *
 * Knows nothing of how page_alloc and page_free keep the list in order: frames
 * may come back at its front, its end, or anywhere.
 */

#include <inc/stdio.h>
#include <inc/string.h>
#include <inc/x86.h>
#include <kern/check/check.h>
#include <kern/check/state.h>
#include <kern/cpuid.h>
#if !FOREIGN
#include <kern/check/env_state.h>
#endif
#include <kern/check/guard.h>
#include <kern/sections.h>

#define NFRONT	32
#define NHELD	16

/* Directory entries that checks change on purpose. */
static const uintptr_t used_slots[] = { UTEMP, MMIOBASE };

static struct {
	struct PageInfo *front[NFRONT], contents[NFRONT];
	uint32_t nfront;
	struct PageInfo *rest;		/* the list behind them */
	struct PageInfo *head;		/* where it began */
	pde_t pdes[ARRAY_SIZE(used_slots)];
	struct cpu_features features;
	uintptr_t mmio_next;
	struct PageInfo *held[NHELD];
	uint32_t nheld;
} saved;

/*
 * The last frame of the free list: where page_free puts frames at the end, its
 * link tells. Found once, as checks take theirs from the front; a foreign list is
 * made anew now and then, so there once in a run of checks.
 */
static struct PageInfo *last;
static uint32_t epoch;

/* What take_free_list has taken and give_free_list not given back. */
static struct PageInfo *hidden;

/*
 * The list was a ring before any check, or led into nowhere: then it is no
 * check's to mend. In the latter case nothing of it is looked at here.
 */
static bool endless, lost;

/*
 * Is it an element of pages? What a broken function hangs on the list may be
 * anything, and whoever follows it goes astray.
 */
bool
is_frame(const struct PageInfo *pp)
{
	uintptr_t offset = (uintptr_t)pp - (uintptr_t)pages;

	return offset % sizeof(*pp) == 0 && offset / sizeof(*pp) < npages;
}

struct PageInfo *
check_frame(void)
{
	struct PageInfo *pp = page_alloc(0);

#if FOREIGN
	if (!pp && foreign_frames_used_up)
		check_skip("mem_init left no frame free");
#endif
	EXPECT_THAT(pp, "a frame from page_alloc(0)", "NULL");
	EXPECT_THAT(is_frame(pp), "an element of pages", "%p", (void *)pp);
	return pp;
}

struct PageInfo *
check_take(void)
{
	struct PageInfo *pp = check_frame();

	check_held(pp);
	return pp;
}

static void
walk_to_last(void *arg)
{
	struct PageInfo *pp = page_free_list, *before = NULL;
	uintptr_t base = (uintptr_t)pages, size = npages * sizeof(*pp);
	uint32_t left;

	/* Bounded: a broken list may be a ring. */
	for (left = npages; (uintptr_t)pp - base < size && left; left--) {
		before = pp;
		pp = pp->pp_link;
	}
	last = before;
	endless = is_frame(pp);
	*(bool *)arg = pp && !endless;
}

static void
find_last(void)
{
	struct guard_report r;

	last = NULL;
	if (guarded(walk_to_last, &lost, &r) != GUARD_OK)
		lost = true;
}

uint32_t
count_free(void)
{
	const struct PageInfo *pp;
	uint32_t n = 0;

	for (pp = page_free_list; is_frame(pp) && n <= npages;
	     pp = pp->pp_link)
		n++;
	return n;
}

void
check_save_state(void)
{
	struct PageInfo *pp = page_free_list;
	size_t i;

	if (!kern_pgdir)
		return;			/* before mem_init: nothing there yet */
	if (!last || last->pp_link || (FOREIGN && epoch != check_epoch))
		find_last();
	epoch = check_epoch;
	saved.head = pp;
	if (lost)
		pp = NULL;
	for (saved.nfront = 0; saved.nfront < NFRONT && is_frame(pp);
	     saved.nfront++) {
		saved.front[saved.nfront] = pp;
		saved.contents[saved.nfront] = *pp;
		pp = pp->pp_link;
	}
	saved.rest = pp;
	saved.nheld = 0;
	for (i = 0; i < ARRAY_SIZE(used_slots); i++)
		saved.pdes[i] = kern_pgdir[PDX(used_slots[i])];
	saved.features = cpu_features;
#if FOREIGN
	foreign_remember(FOREIGN_CHECK);
#else
	saved.mmio_next = mmio_next;
#endif
}

/* --- Frames on the list, and frames held ------------------------------- */

/*
 * Is the list what was saved, but perhaps for some of its first frames, *ahead
 * now? Then there is no need to look at all of it. (Where page_free puts frames
 * at the list's end, that end tells.)
 */
static bool
front_is_near(uint32_t *ahead)
{
	struct PageInfo *pp = page_free_list;

	*ahead = 0;
	if (lost)
		return true;
	/* That those in front are frames is known. */
	for (; pp != saved.rest && *ahead <= NFRONT
	     && (pp == saved.front[*ahead % NFRONT] || is_frame(pp));
	     pp = pp->pp_link)
		++*ahead;
	return pp == saved.rest && *ahead <= saved.nfront
		&& (!saved.rest || !last->pp_link);
}

bool
check_listed(const struct PageInfo *pp)
{
	const struct PageInfo *p = page_free_list;
	uint32_t n;

	if (!front_is_near(&n))
		n = npages;
	for (; p != pp && n && is_frame(p); p = p->pp_link)
		n--;
	return is_frame(pp) && p == pp && n;
}

static bool in_front(const struct PageInfo *pp);

int
check_list_growth(void)
{
	const struct PageInfo *pp;
	uint32_t ahead, n = 0;

	if (front_is_near(&ahead))
		return ahead - saved.nfront;
	/* The frames behind those in front have not moved. */
	ahead = 0;
	for (pp = page_free_list; is_frame(pp) && n <= npages;
	     pp = pp->pp_link, n++)
		ahead += in_front(pp);
	return ahead - saved.nfront;
}

bool
check_list_broken(char *buf, size_t size)
{
	struct PageInfo *const *link = &page_free_list;
	uint32_t ahead, n;

	if (lost || endless || front_is_near(&ahead))
		return false;
	for (n = 0; is_frame(*link) && n <= npages; n++)
		link = &(*link)->pp_link;
	if (n > npages)
		snprintf(buf, size, "it runs in a ring");
	else if (!*link)
		return false;
	else if (!n)
		snprintf(buf, size, "page_free_list is %p, no element of"
			 " pages", (void *)*link);
	else
		snprintf(buf, size, "pp_link of frame 0x%08x, number %u on the"
			 " list, is %p, no element of pages",
			 page2pa((const struct PageInfo *)link), n,
			 (void *)*link);
	return true;
}

void
check_held(struct PageInfo *pp)
{
	uint32_t i;

	for (i = 0; i < saved.nheld; i++)
		if (saved.held[i] == pp)
			return;
	if (pp && saved.nheld < NHELD)
		saved.held[saved.nheld++] = pp;
}

int
check_frames_missing(void)
{
	int missing;
	uint32_t i;

	if (lost || endless)
		return 0;		/* it has no number of frames */
	missing = -check_list_growth();
	for (i = 0; i < saved.nheld; i++)
		missing -= !check_listed(saved.held[i]);
	return missing;
}

struct PageInfo *
take_free_list(void)
{
#if FOREIGN
	foreign_remember(FOREIGN_LIST);
#endif
	hidden = page_free_list;
	page_free_list = NULL;
	return hidden;
}

void
give_free_list(struct PageInfo *list)
{
	struct PageInfo **tail = &page_free_list;

#if FOREIGN
	/* It may know its list's last frame: that is the hidden list's again. */
	if (hidden)
		foreign_recall(FOREIGN_LIST);
#endif
	/* Frames that were freed meanwhile stay in front. */
	while (is_frame(*tail))
		tail = &(*tail)->pp_link;
	EXPECT_THAT(!*tail, "elements of pages on page_free_list, then NULL",
		    "%p", (void *)*tail);
	*tail = list;
	hidden = NULL;
}

void
put_on_free_list(struct PageInfo *pp)
{
	pp->pp_link = page_free_list;
	page_free_list = pp;
	if (!FOREIGN)
		pp->pp_state = PG_FREE;
}

/* --- Putting back: the front ------------------------------------------- */

static bool
in_front(const struct PageInfo *pp)
{
	uint32_t i;

	for (i = 0; i < saved.nfront; i++)
		if (saved.front[i] == pp)
			return true;
	return false;
}

/*
 * After a check that held, the list is in order, though frames may have moved:
 * take out whatever was in front; the rest keeps its order.
 */
static void
unlink_front(void)
{
	struct PageInfo **link = &page_free_list;
	uint32_t n;

	for (n = 0; is_frame(*link) && n <= npages; n++)
		if (in_front(*link))
			*link = (*link)->pp_link;
		else
			link = &(*link)->pp_link;
	*link = NULL;
	saved.rest = page_free_list;
	if (saved.nfront)
		saved.contents[saved.nfront - 1].pp_link = saved.rest;
}

static void
restore_front(bool held)
{
	uint32_t ahead, i;

	if (lost) {
		hidden = NULL;
		page_free_list = saved.head;
		return;
	}
	/* The check ended before it gave them back; what it had was in front. */
	if (hidden)
		page_free_list = hidden;
	hidden = NULL;
	if (!endless && held && !front_is_near(&ahead))
		unlink_front();
	else if (!endless && last && !in_front(last))
		last->pp_link = NULL;	/* what came behind was in front */
	for (i = 0; i < saved.nfront; i++)
		*saved.front[i] = saved.contents[i];
	page_free_list = saved.nfront ? saved.front[0] : saved.rest;
	if (!FOREIGN)
		page_forget_poison(saved.front, saved.nfront);
}

/* --- Putting back: everything ------------------------------------------ */

/* A frame in two bytes: its count, as far as it goes; its state; listed? */
#define SNAP_REF	0x1FFF
#define SNAP_STATE	13	/* two bits from here */
#define SNAP_LISTED	0x8000

static struct {
	uint16_t frames[KERNWINSIZE / PGSIZE];
	pde_t directory[NPDENTRIES];
	pte_t tables[8][NPTENTRIES];
} snapshot;

/* So many frames: npages may be too many, which a check will tell. */
static size_t
snapped(void)
{
	return MIN(npages, ARRAY_SIZE(snapshot.frames));
}

/*
 * The tables of the directory below the window; at most as many as there fit.
 * Where an entry is wrong, none of them is the kernel itself.
 */
static uint32_t
kernel_tables(const pde_t *directory, pte_t *tables[8])
{
	uint32_t i, n = 0;

	for (i = 0; i < PDX(KERNBASE) && n < 8; i++)
		if ((directory[i] & (PTE_P | PTE_PS)) == PTE_P
		    && i != PDX(UVPT)
		    && PTE_ADDR(directory[i]) >= (uintptr_t)end - KERNBASE
		    && PTE_ADDR(directory[i]) < window_mapped)
			tables[n++] = (pte_t *)(uintptr_t)
				(PTE_ADDR(directory[i]) + KERNBASE);
	return n;
}

/* Environments, where there are any. */
#if !FOREIGN
static struct env_mark environments;
#define snapshot_envs()	env_remember(&environments)
#define restore_envs()	env_restore(&environments)
#else
#define snapshot_envs()	((void)0)
#define restore_envs()	((void)0)
#endif

#if FOREIGN
/*
 * The list's order, which a file may rely on: for each frame on it the next
 * one's number, 0 for none (frame 0 is never free). Its head is NULL if the list
 * does not come to an end.
 */
static uint16_t next_listed[KERNWINSIZE / PGSIZE];
static struct PageInfo *first_listed;

static void
snapshot_order(void)
{
	const struct PageInfo *pp = page_free_list;
	size_t n = 0;

	for (; is_frame(pp) && n < snapped(); n++) {
		next_listed[pp - pages] = pp->pp_link ? pp->pp_link - pages : 0;
		pp = pp->pp_link;
	}
	first_listed = pp ? NULL : page_free_list;
}

static void
restore_order(void)
{
	struct PageInfo *pp = first_listed;
	uint16_t n;

	page_free_list = pp ? pp : page_free_list;
	for (; pp; pp = pp->pp_link) {
		n = next_listed[pp - pages];
		pp->pp_link = n ? &pages[n] : NULL;
	}
}
#else
#define snapshot_order()	((void)0)
#define restore_order()		((void)0)
#endif

/* What is kept of a frame, but for whether it is listed. */
static uint16_t
books_of(const struct PageInfo *pp)
{
	return MIN(pp->pp_ref, SNAP_REF) | (pp->pp_state & 3) << SNAP_STATE;
}

void
check_snapshot(void)
{
	const struct PageInfo *pp;
	pte_t *tables[8];
	uint32_t n;

	for (n = 0; n < snapped(); n++)
		snapshot.frames[n] = books_of(&pages[n]);
	n = 0;
	for (pp = page_free_list; is_frame(pp) && n++ <= npages;
	     pp = pp->pp_link)
		if ((size_t)(pp - pages) < snapped())
			snapshot.frames[pp - pages] |= SNAP_LISTED;
	snapshot_order();
	snapshot_envs();
	memcpy(snapshot.directory, kern_pgdir, PGSIZE);
	n = kernel_tables(kern_pgdir, tables);
	while (n--)
		memcpy(snapshot.tables[n], tables[n], PGSIZE);
}

/* The free list comes out in order of addresses, but see restore_order. */
static void
restore_frames(void)
{
	struct PageInfo **link = &page_free_list, *pp = pages;
	const struct PageInfo *stop = pages + snapped();
	const uint16_t *snap = snapshot.frames;

	/* npages is wrong: of those that no window shows nothing is known. */
	if (npages > snapped())
		return;
	for (; pp < stop; pp++, snap++) {
		pp->pp_link = NULL;
		/* Where nothing has changed, junk too stays as it was. */
		if (books_of(pp) != (*snap & ~SNAP_LISTED)) {
			pp->pp_ref = *snap & SNAP_REF;
			pp->pp_state = *snap >> SNAP_STATE & 3;
		}
		if (!(*snap & SNAP_LISTED))
			continue;
		*link = pp;
		link = &pp->pp_link;
		if (!FOREIGN)
			page_forget_poison(&pp, 1);
	}
	*link = NULL;
	restore_order();
	last = NULL;
}

static void
restore_tables(void)
{
	pte_t *tables[8];
	uint32_t n;

	memcpy(kern_pgdir, snapshot.directory, PGSIZE);
	n = kernel_tables(kern_pgdir, tables);
	while (n--)
		memcpy(tables[n], snapshot.tables[n], PGSIZE);
}

/* Reload CR3, and forget global translations too. */
static void
flush_tlb(void)
{
	if (cpu_features.pge) {
		lcr4(rcr4() & ~CR4_PGE);
		lcr4(rcr4() | CR4_PGE);
	}
	lcr3(rcr3());
}

void
check_restore_state(bool held, bool all)
{
	size_t i;

	if (!kern_pgdir)
		return;
#if FOREIGN
	foreign_recall(FOREIGN_CHECK);
#endif
	if (all) {
		hidden = NULL;
		restore_envs();
		restore_frames();
		restore_tables();
	} else
		restore_front(held);
	for (i = 0; i < ARRAY_SIZE(used_slots); i++)
		kern_pgdir[PDX(used_slots[i])] = saved.pdes[i];
	cpu_features = saved.features;
	if (!FOREIGN)
		mmio_next = saved.mmio_next;
	flush_tlb();
}
