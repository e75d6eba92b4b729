/*
 * The state that checks change, as a plain snapshot: the frames' records and
 * the head of the free list, the kernel's directory and its tables,
 * environments, and the processor's features. It is taken once before a run of
 * checks; each check in the run begins with it.
 *
 * Restoring 32,768 frames costs more instructions than most checks. A boot
 * without a grader waits for them, so there the free list is cut to its first
 * few frames while checks run. A check that held has changed no other frame:
 * its frames are linked again as they were. After a failure everything is
 * restored.
 */

#include <inc/stdio.h>
#include <inc/string.h>
#include <inc/x86.h>
#include <kern/check/expect.h>
#include <kern/check/free_list.h>
#include <kern/check/interface.h>
#include <kern/check/state.h>
#include <kern/cpuid.h>
#include <kern/page.h>
#include <kern/sections.h>
#if !FOREIGN
#include <kern/check/env_state.h>
#include <kern/check/swap_state.h>
#endif

#define NFRAMES		(KERNWINSIZE / PGSIZE)
#define NTABLES		8
#define NCUT		32
#define NHELD		16

/* Directory entries that checks change on purpose. */
static const uintptr_t used_slots[] = { UTEMP_VA, MMIOBASE };

/*
 * The frames' records are apart by fields, and state and flags share a byte: the
 * snapshot is the largest part of the kernel's image, which has to leave memory
 * to a machine of 4 MB.
 */
static struct {
	struct PageInfo *links[NFRAMES];
	uint16_t refs[NFRAMES];
	uint8_t marks[NFRAMES];		/* the state, and the flags above it */
	struct PageInfo *free_list;
	pde_t directory[NPDENTRIES];
	pte_t tables[NTABLES][NPTENTRIES];
	struct cpu_features features;
	uintptr_t mmio_next;
#if !FOREIGN
	struct env_state environments;
#endif
} saved;

/* The free list at the beginning of a check; sound if it ends in NULL. */
static uint32_t nfree;
static bool sound;

/*
 * The first frames of a cut list, and the rest of it. A trap may come between
 * any two stores: is_cut is set after these, and cleared after the list is
 * whole again.
 */
static struct PageInfo *kept[NCUT], *cut_off;
static uint32_t nkept;
static bool is_cut;

/* The state is saved, and not yet abandoned or ended. */
static bool active;

static struct PageInfo *held[NHELD];
static uint32_t nheld;

/* --- The cut list ------------------------------------------------------ */

/* Link the frames of a cut list as they were, all of them free, then rest. */
static void
link_kept(struct PageInfo *rest)
{
	struct PageInfo *next = rest;
	uint32_t i = nkept;

	while (i--) {
		*kept[i] = (struct PageInfo) {
			.pp_link = next, .pp_ref = 0, .pp_state = PG_FREE
		};
		next = kept[i];
	}
	page_free_list = next;
	if (!FOREIGN)
		page_forget_poison(kept, nkept);
}

static void
cut_list(void)
{
	struct PageInfo *pp = page_free_list;

	for (nkept = 0; nkept < NCUT && is_frame(pp); pp = pp->pp_link)
		kept[nkept++] = pp;
	cut_off = pp;
	compiler_barrier();
	is_cut = true;
	compiler_barrier();
	if (nkept)
		kept[nkept - 1]->pp_link = NULL;
	else
		page_free_list = NULL;
}

const struct PageInfo *
state_cut_off(void)
{
	return cut_off;
}

/* --- Frames ------------------------------------------------------------- */

#define FLAGS_SHIFT	4

static inline uint8_t
marks_of(const struct PageInfo *pp)
{
	return pp->pp_state | pp->pp_flags << FLAGS_SHIFT;
}

static struct PageInfo
saved_frame(size_t n)
{
	return (struct PageInfo) {
		.pp_link = saved.links[n], .pp_ref = saved.refs[n],
		.pp_state = saved.marks[n] & ((1 << FLAGS_SHIFT) - 1),
		.pp_flags = saved.marks[n] >> FLAGS_SHIFT
	};
}

/* --- Saving ------------------------------------------------------------ */

/* True if state_save has found what it saves: mem_init has made it. */
static bool exists;

static bool
have_envs(void)
{
#if FOREIGN
	return true;
#else
	return envs != NULL;
#endif
}

/* The number of frames to save: a broken npages may be too large. */
static size_t
nframes(void)
{
	return MIN(npages, (size_t)NFRAMES);
}

static void
save_frames(void)
{
	const struct PageInfo *pp = pages;
	size_t n, stop = nframes();

	for (n = 0; n < stop; n++, pp++) {
		saved.links[n] = pp->pp_link;
		saved.refs[n] = pp->pp_ref;
		saved.marks[n] = marks_of(pp);
	}
}

/*
 * Find the tables of the directory below the window, NTABLES at most. A wrong
 * entry may point anywhere: leave out those that do not point to a frame
 * outside of the kernel image.
 */
static uint32_t
kernel_tables(pte_t *tables[NTABLES])
{
	physaddr_t pa;
	uint32_t i, n = 0;

	for (i = 0; i < PDX(KERNBASE) && n < NTABLES; i++) {
		pa = PTE_ADDR(kern_pgdir[i]);
		if ((kern_pgdir[i] & (PTE_P | PTE_PS)) == PTE_P
		    && i != PDX(UVPT) && pa >= (uintptr_t)end - KERNBASE
		    && pa < window_mapped)
			tables[n++] = (pte_t *)(uintptr_t)(pa + KERNBASE);
	}
	return n;
}

void
state_save(bool cut)
{
	pte_t *tables[NTABLES];
	uint32_t n;

	exists = kern_pgdir && pages && have_envs();
	if (!exists)
		return;			/* before mem_init */
	save_frames();
	saved.free_list = page_free_list;
	memcpy(saved.directory, kern_pgdir, PGSIZE);
	n = kernel_tables(tables);
	while (n--)
		memcpy(saved.tables[n], tables[n], PGSIZE);
	saved.features = cpu_features;
	foreign_remember(FOREIGN_CHECK);
#if !FOREIGN
	saved.mmio_next = mmio_next;
	/* Checks that run at boot make none. */
	if (!cut)
		env_state_save(&saved.environments);
	if (!cut)
		swap_state_save();
#endif
	compiler_barrier();
	active = true;
	if (cut)
		cut_list();
	sound = !*list_end(&page_free_list, &nfree);
}

void
state_end(void)
{
	if (is_cut)
		link_kept(cut_off);
	compiler_barrier();
	active = false;
	is_cut = false;
	compiler_barrier();
	nkept = 0;
	cut_off = NULL;
}

void
state_abandon(void)
{
	if (!active)
		return;
	state_restore();
	state_end();
}

/* --- During a check ---------------------------------------------------- */

void
state_begin_check(void)
{
	nheld = 0;
}

void
check_held(struct PageInfo *pp)
{
	uint32_t i;

	for (i = 0; i < nheld; i++)
		if (held[i] == pp)
			return;
	if (pp && nheld < NHELD)
		held[nheld++] = pp;
}

void
check_hold_table(uintptr_t va)
{
	pde_t pde = kern_pgdir[PDX(va)];

	if ((pde & (PTE_P | PTE_PS)) == PTE_P)
		check_held(pa2page(PTE_ADDR(pde)));
}

struct PageInfo *
check_frame(void)
{
	struct PageInfo *pp = page_alloc(0);

	if (!pp && foreign_frames_used_up)
		check_skip("mem_init left no frame free");
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

int
check_list_growth(void)
{
	return count_free() - nfree;
}

bool
check_list_broken(char *buf, size_t size)
{
	struct PageInfo *const *link;
	uint32_t n;

	if (!sound)
		return false;		/* nor was it before the check */
	link = list_end(&page_free_list, &n);
	if (!*link)
		return false;
	if (n > npages)
		snprintf(buf, size, "it is circular");
	else if (!n)
		snprintf(buf, size, "page_free_list is %p, not an element of"
			 " pages", (void *)*link);
	else
		snprintf(buf, size, "pp_link of frame 0x%08x, number %u on"
			 " the list, is %p, not an element of pages",
			 page2pa((const struct PageInfo *)link), n,
			 (void *)*link);
	return true;
}

int
check_frames_missing(void)
{
	int missing = -check_list_growth();
	uint32_t i = nheld;

	if (!sound)
		return 0;
	while (i--)
		if (check_listed(held[i]))
			held[i] = held[--nheld];
		else
			missing--;
	return missing;
}

static bool
is_held(const struct PageInfo *pp)
{
	uint32_t i;

	for (i = 0; i < nheld; i++)
		if (held[i] == pp)
			return true;
	return false;
}

struct PageInfo *
check_count_changed(uint32_t *was)
{
	size_t n;

	for (n = 0; n < nframes(); n++)
		if (pages[n].pp_ref != saved.refs[n] && !is_held(&pages[n])) {
			*was = saved.refs[n];
			return &pages[n];
		}
	return NULL;
}

/* --- Restoring --------------------------------------------------------- */

static void
restore_frames(void)
{
	struct PageInfo *pp = pages;
	size_t n, stop = nframes();

	for (n = 0; n < stop; n++, pp++) {
		if (pp->pp_link == saved.links[n] && pp->pp_ref == saved.refs[n]
		    && marks_of(pp) == saved.marks[n])
			continue;
		*pp = saved_frame(n);
		if (!FOREIGN)
			page_forget_poison(&pp, 1);
	}
	page_free_list = saved.free_list;
	if (is_cut)
		link_kept(NULL);
#if !FOREIGN
	else
		swap_state_restore(pages);
#endif
}

static void
restore_tables(void)
{
	pte_t *tables[NTABLES];
	uint32_t n;

	memcpy(kern_pgdir, saved.directory, PGSIZE);
	n = kernel_tables(tables);
	while (n--)
		memcpy(tables[n], saved.tables[n], PGSIZE);
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

static void
free_held(void)
{
	while (nheld--) {
		held[nheld]->pp_ref = 0;
		put_on_free_list(held[nheld]);
	}
	nheld = 0;
}

void
state_tidy(void)
{
	size_t i;

	if (!exists)
		return;
	cpu_features = saved.features;
	foreign_recall(FOREIGN_CHECK);
#if !FOREIGN
	mmio_next = saved.mmio_next;
#endif
	if (is_cut)
		link_kept(NULL);
	else
		free_held();
	for (i = 0; i < ARRAY_SIZE(used_slots); i++)
		kern_pgdir[PDX(used_slots[i])]
			= saved.directory[PDX(used_slots[i])];
	flush_tlb();
}

void
state_restore(void)
{
	if (!exists)
		return;
	cpu_features = saved.features;
	foreign_recall(FOREIGN_CHECK);
#if !FOREIGN
	mmio_next = saved.mmio_next;
	if (!is_cut) {
		swap_state_settle();
		env_state_restore(&saved.environments);
	}
#endif
	restore_frames();
	restore_tables();
	flush_tlb();
}
