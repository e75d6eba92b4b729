/*
 * The simulated disk, and the rules of paging.
 *
 * A transfer has half of its effect when it starts, and the other half when it
 * ends, because a disk reads and writes memory at any time in between. A frame
 * that is being filled has garbage.
 */

#include <inc/error.h>
#include <inc/string.h>
#include <kern/dev/ide.h>
#include <kern/env.h>
#include <kern/mappers.h>
#include <kern/policy.h>
#include <kern/program.h>
#include <kern/slot.h>
#include <kern/swap.h>
#include <kern/swapio.h>
#include <kern/syscall.h>

#include "model.h"
#include "paging.h"
#include "test/host/fuzz/host.h"
#include "test/host/fuzz/machine.h"

uint32_t kernel_stack[6];

static struct config {
	uint32_t slots, limit;
	const char *policy;
	enum { NO_ERRORS, EACH_NTH, AT_RANDOM } errors;
	uint32_t n;			/* errors: one of n fails */
	bool reads, writes;		/* which */
	bool slow;			/* transfers end late */
} config;

static uint32_t seed;

uint32_t
paging_random(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return (seed >> 8) % n;
}

/* --- The disk ------------------------------------------------------------- */

#define DISK_SLOTS	160
#define FIRST_SECTOR	63
#define DISK		2

struct ide_disk ide_disks[IDE_DISKS];

static uint8_t disk[DISK_SLOTS][PGSIZE];
static struct ide_request *active;
static uint32_t transfers;

bool
swap_area_find(struct swap_area *area)
{
	*area = (struct swap_area) {
		.disk = &ide_disks[DISK], .first = FIRST_SECTOR,
		.slots = config.slots, .generation = 1,
	};
	return true;
}

bool
paging_disk_busy(void)
{
	return active != NULL;
}

void
paging_stop_errors(void)
{
	config.errors = NO_ERRORS;
}

static uint32_t
slot_of(const struct ide_request *r)
{
	return (r->sector - FIRST_SECTOR) / SLOT_SECTORS;
}

/* The model's page in a frame, or that is in a slot, or NULL. */
static struct page *
page_in_frame(uint32_t frame)
{
	int i;

	for (i = 0; i < PAGES; i++)
		if (model.page[i].used && model.page[i].frame == frame)
			return &model.page[i];
	return NULL;
}

/* An address at which a page is mapped. */
static uint32_t
place_of(int page)
{
	int s, i;

	for (s = 0; s < SLOTS; s++)
		for (i = 0; i < PLACES; i++)
			if (model.task[s].status != ENV_FREE
			    && model.task[s].map[i].page == page)
				return place_va[i];
	return 0xFFFFFFFF;
}

void
paging_page_out(uint32_t slot, uint32_t frame)
{
	struct page *p = page_in_frame(frame);
	int i;

	if (p && p->clean_slot == slot && !p->dirty)
		fail("a page-out", "writes no page that is clean",
		     "no write", "slot %u has it already: a page of va 0x%08x",
		     slot, place_of(p - model.page));
	for (i = 0; i < PAGES; i++)
		if (model.page[i].clean_slot == slot)
			model.page[i].clean_slot = 0;
	if (p) {
		p->clean_slot = slot;
		p->dirty = false;
	}
}

void
ide_start(struct ide_request *r)
{
	uint32_t slot = slot_of(r), frame = r->pa / PGSIZE;

	if (active)
		fail("ide_start", "one request at a time", "none active",
		     "one is");
	if (r->disk != &ide_disks[DISK] || r->count != SLOT_SECTORS
	    || (r->sector - FIRST_SECTOR) % SLOT_SECTORS || slot == 0
	    || slot >= config.slots || r->pa % PGSIZE
	    || r->data != ram + r->pa)
		fail("ide_start", "a page and a slot", "a valid request",
		     "sector %u, count %u, pa 0x%x", r->sector, r->count,
		     r->pa);
	if (pages[frame].pp_state != PG_USED
	    || !(pages[frame].pp_flags & PP_BUSY))
		fail("ide_start", "the frame is in use, and marked",
		     "PG_USED, PP_BUSY", "state %u, flags %u",
		     pages[frame].pp_state, pages[frame].pp_flags);
	active = r;
	if (r->write)
		memcpy(disk[slot], r->data, PGSIZE / 2);
	else
		fill(r->data, GARBAGE, PGSIZE / 4);
}

static bool
fails(const struct ide_request *r)
{
	if (!(r->write ? config.writes : config.reads))
		return false;
	transfers++;
	return config.errors == EACH_NTH ? transfers % config.n == 0
		: config.errors == AT_RANDOM && paging_random(config.n) == 0;
}

/* The active transfer has failed: half of it was carried out. */
static void
note_error(const struct ide_request *r, uint32_t slot)
{
	struct page *p;

	for (p = model.page; p < model.page + PAGES; p++) {
		if (r->write && p->clean_slot == slot)
			p->clean_slot = 0;
		if (!r->write && p->used && p->in_slot == slot)
			p->lost = true;
	}
}

/* End the active transfer. */
static void
end_transfer(void)
{
	struct ide_request *r = active;
	uint32_t slot = slot_of(r);
	bool write = r->write;
	const size_t half = PGSIZE / 2;

	active = NULL;
	r->error = fails(r) ? -E_UNSPECIFIED : 0;
	say("disk: slot %u is %s%s\n", slot, write ? "written" : "read",
	    r->error ? ", with an error" : "");
	if (r->error)
		note_error(r, slot);
	else if (write)
		memcpy(disk[slot] + half, (char *)r->data + half, half);
	else
		memcpy(r->data, disk[slot], PGSIZE);
	model_transfer_ends(write, slot);
	r->done(r);
}

void
ide_interrupt(int irq)
{
	if (irq != IRQ_IDE + ide_disks[DISK].channel)
		fail("ide_interrupt", "the disk's interrupt", "15", "%d", irq);
	if (active && (!config.slow || paging_random(3) == 0))
		end_transfer();
}

void
ide_tick(void)
{
	if (active && paging_random(8) == 0)
		end_transfer();
}

/* --- Setting up ------------------------------------------------------------ */

void
paging_reset(const uint8_t b[PAGING_BYTES])
{
	static const char *const policy[] = {
		"clock", "fifo", "aging", "random"
	};
	uint32_t n = b[5] % 16;

	kernel_swap_reset();
	kernel_swapio_reset();
	kernel_slot_reset();
	kernel_policy_reset();
	resident_count = resident_hand = 0;
	ide_disks[DISK] = (struct ide_disk) {
		.present = true, .channel = 1, .dma = true, .sectors = 1 << 20
	};
	active = NULL;
	transfers = 0;
	seed = (b[8] | b[9] << 8 | b[10] << 16) * 2654435761U | 1;
	config = (struct config) {
		.slots = b[0] % 4 ? 2 + b[1] % 24 : 16 + b[1] % 140,
		.limit = b[2] % 3 == 1 ? 1 + b[3] % 20 : 0,
		.policy = policy[b[6] % ARRAY_SIZE(policy)],
		.errors = b[4] % 8 < 5 ? NO_ERRORS : b[4] % 8 < 7 ? EACH_NTH
			: AT_RANDOM,
		.n = 1 + n,
		.reads = b[7] & 1, .writes = b[7] & 2, .slow = b[7] & 4,
	};
}

void
paging_start(void)
{
	say("swap area of %u slots, %s, limit %u, %s n %u%s%s\n",
	    config.slots - 1, config.policy, config.limit,
	    config.errors == NO_ERRORS ? "no errors"
	    : config.errors == EACH_NTH ? "each n-th fails" : "1 of n fails",
	    config.n, config.reads ? ", reads" : "",
	    config.writes ? ", writes" : "");
	syscall_repeat_init();
	swap_init();
	policy_choose(config.policy);
	policy_seed = seed;
	swap_set_limit(config.limit);
}

/* The program's place in programs. */
#define PROGRAM		1

/* --- Where pages are ------------------------------------------------------- */

static const char *call;

UNCHECKED uint32_t *
paging_entry(int slot, int place)
{
	uint32_t va = place_va[place], *dir = envs[slot].env_pgdir;

	if (!(dir[va >> 22] & PTE_P))
		return NULL;
	return machine_word((dir[va >> 22] & 0xFFFFF000U)
			    + (va >> 12 & 0x3FF) * 4);
}

bool
paging_absent(uint32_t entry)
{
	return entry && !(entry & PTE_P);
}

/* For each mapping: f(the mapping, its entry). */
#define EACH_MAPPING(t, m, pte, ...) do {				\
	int s_, p_;							\
	for (s_ = 0; s_ < SLOTS; s_++) {				\
		if (model.task[s_].status == ENV_FREE)			\
			continue;					\
		t = &model.task[s_];					\
		for (p_ = 0; p_ < PLACES; p_++) {			\
			m = &model.task[s_].map[p_];			\
			if (m->page < 0)				\
				continue;				\
			pte = paging_entry(s_, p_) ? *paging_entry(s_, p_)\
				: 0;					\
			__VA_ARGS__					\
		}							\
	}								\
} while (0)

/* True if a page has the contents of a page of the program's file. */
static bool
is_as_in_file(const struct page *p, uint32_t number)
{
	uint32_t base = PROGRAM << 12;
	uint8_t first = number == base
		|| number == base + (program_shape.text
				     - program_shape.data) / PGSIZE
		? program_shape.fill : 0;

	return p->bytes[0] == first
		&& other_than(p->bytes + 4, 0, PGSIZE / 4 - 1)
			== PGSIZE / 4 - 1
		&& !p->bytes[1] && !p->bytes[2] && !p->bytes[3];
}

/* True if a page of that number may be written through a mapping. */
static bool
has_writer(int page)
{
	const struct mapping *m;
	const struct task *t;
	uint32_t pte;

	EACH_MAPPING(t, m, pte, {
		(void)t, (void)pte;
		if (m->page == page && (m->perm & PTE_W))
			return true;
	});
	return false;
}

/*
 * A page of a file that leaves memory, and that nobody can write, is one page
 * for each mapping afterwards.
 */
static UNCHECKED void
split_file_pages(void)
{
	uint32_t refs[PAGES] = { 0 }, pte;
	struct mapping *m;
	struct task *t;
	int new;

	EACH_MAPPING(t, m, pte, {
		(void)t, (void)pte;
		refs[m->page]++;
	});
	EACH_MAPPING(t, m, pte, {
		if ((pte & (PTE_P | PTE_FILE)) != PTE_FILE
		    || refs[m->page] == 1)
			continue;
		if (!is_as_in_file(&model.page[m->page], pte >> 12)
		    || has_writer(m->page))
			fail(call, "a page that several share stays shared",
			     "one page", "each has its own, in %08x", t->id);
		refs[m->page]--;
		new = model_copy_page(m->page);
		m->page = new;
		refs[new] = 1;
	});
}

/* A mapping's page is where an entry says: in a frame, in a slot, in a file. */
static void
find_page(struct task *t, struct mapping *m, uint32_t pte)
{
	struct page *p = &model.page[m->page];
	uint32_t at = pte & (0xFFFFF000U | PTE_P | (pte & PTE_P ? 0
						    : PTE_FILE));

	if (!pte)
		fail(call, "each environment has its mappings", "a page",
		     "an entry of 0, in %08x", t->id);
	if (p->at && p->at != at)
		fail(call, "all entries of a page agree where it is",
		     "the other's", "0x%08x and 0x%08x, in %08x", p->at, at,
		     t->id);
	p->at = at;
	p->refs++;
	p->written |= (pte & PTE_P) && (pte & PTE_D);
	/* A PTE_D that is kept for a program looks like any other. */
	if (t->watches_dirty && (m->perm & PTE_D))
		p->dirty = true;
}

static void
wrong_bytes(const struct page *p, const uint8_t *found, const char *where,
	    uint32_t number)
{
	size_t i = differ(p->bytes, found, PGSIZE / 4, 0);

	if (i < PGSIZE / 4)
		fail(call, "a page keeps what was written",
		     "the bytes that were written", "offset 0x%zx, in %s 0x%x:"
		     " 0x%08x instead of 0x%08x", i * 4, where, number,
		     ((const uint32_t *)found)[i],
		     ((const uint32_t *)p->bytes)[i]);
}

/* What the kernel's records should be, from the entries. */
static uint16_t entries[DISK_SLOTS];	/* that name a slot */
static bool in_ring[RAM_FRAMES];
static bool is_free[DISK_SLOTS];

static const uint8_t *
frame_bytes(uint32_t frame)
{
	return (const uint8_t *)ram + (size_t)frame * PGSIZE;
}

/* A page that is present. */
static void
check_present(struct page *p)
{
	uint32_t frame = p->at >> 12;
	struct resident *r;

	p->frame = frame;
	if (frame < npages && !kernel_swap_lists()
	    && !(pages[frame].pp_flags & PP_PAGED))
		return;
	if (frame >= npages || !(pages[frame].pp_flags & PP_PAGED))
		fail(call, "every page of a program may leave memory",
		     "PP_PAGED", "frame 0x%x has flags %u", frame,
		     pages[frame].pp_flags);
	if (pages[frame].pp_flags & PP_BUSY)
		return;
	r = resident_at(frame);
	if (p->written || (pages[frame].pp_flags & PP_DIRTY))
		return;
	/* It counts as clean. */
	if (r->home_is_file && !is_as_in_file(p, r->home))
		fail(call, "a clean page is the same in its file",
		     "D or PP_DIRTY", "neither, frame 0x%x", frame);
	if (!r->home_is_file && r->home)
		wrong_bytes(p, disk[r->home], "clean, slot", r->home);
}

/* A page that is not present, but in a slot. */
static void
check_in_slot(struct page *p)
{
	uint32_t slot = p->at >> 12, frame;

	p->frame = 0;
	if (slot == 0 || slot >= config.slots)
		fail(call, "an entry names a slot", "a slot of the area",
		     "0x%08x", p->at);
	p->in_slot = slot;
	entries[slot] += p->refs;
	frame = slot_at(slot)->frame;
	if (frame && !(pages[frame].pp_flags & PP_FILLING)) {
		p->frame = frame;
		wrong_bytes(p, frame_bytes(frame), "frame", frame);
	} else if (!p->lost)
		wrong_bytes(p, disk[slot], "slot", slot);
}

static UNCHECKED void
check_pages(void)
{
	struct mapping *m;
	struct task *t;
	uint32_t pte;
	struct page *p;

	clear(entries, sizeof(entries));
	for (p = model.page; p < model.page + PAGES; p++) {
		p->at = p->refs = p->in_slot = 0;
		p->written = false;
	}
	EACH_MAPPING(t, m, pte, find_page(t, m, pte););
	for (p = model.page; p < model.page + PAGES; p++) {
		if (!p->refs)
			continue;
		if (p->at & PTE_P)
			check_present(p);
		else if (p->at & PTE_FILE) {
			p->frame = 0;
			if (!is_as_in_file(p, p->at >> 12))
				fail(call, "a page keeps what was written",
				     "a page", "0x%08x: in its file", p->at);
		} else
			check_in_slot(p);
	}
}

/* --- The kernel's records -------------------------------------------------- */

/* The record of a frame in the ring agrees with its mappings. */
static UNCHECKED void
check_record(uint32_t n)
{
	const struct resident *r = resident_at(n);
	uint32_t *pte, slot = where_slot(r->where), va = where_va(r->where);

	if (pages[n].pp_state != PG_USED || !pages[n].pp_ref
	    || !(pages[n].pp_flags & PP_PAGED))
		fail(call, "the ring has pages of programs", "one",
		     "frame 0x%x: state %u, count %u, flags %u", n,
		     pages[n].pp_state, pages[n].pp_ref, pages[n].pp_flags);
	if (r->pte != &no_entry) {
		pte = slot < SLOTS && envs[slot].env_status != ENV_FREE
			&& place_at(va) >= 0
			? paging_entry(slot, place_at(va)) : NULL;
		if (pte != r->pte || *pte >> 12 != n || !(*pte & PTE_P))
			fail(call, "a record knows an entry of its frame",
			     "the entry at its place", "frame 0x%x, va 0x%08x"
			     " in slot %u", n, va, slot);
	}
	if (!r->home_is_file && r->home
	    && (r->home >= config.slots || slot_at(r->home)->frame != n))
		fail(call, "a slot knows the frame that has its contents",
		     "this frame", "slot %u, frame 0x%x", r->home, n);
}

static UNCHECKED void
check_ring(void)
{
	uint32_t n = resident_hand, i, flagged = 0;

	clear(in_ring, sizeof(in_ring));
	for (i = 0; i < resident_count; i++) {
		if (n == 0 || n >= npages || in_ring[n]
		    || resident_at(resident_at(n)->next)->prev != n)
			fail(call, "the ring is whole", "each frame once",
			     "frame 0x%x, after %u", n, i);
		in_ring[n] = true;
		check_record(n);
		n = resident_at(n)->next;
	}
	if (n != resident_hand)
		fail(call, "the ring is whole", "the hand's frame", "0x%x",
		     n);
	for (n = 0; n < npages; n++)
		flagged += (pages[n].pp_flags & PP_PAGED) != 0;
	if (flagged != resident_count)
		fail(call, "flagged frames are in the ring", "as many",
		     "%u and %u", flagged, resident_count);
}

static UNCHECKED void
check_slot(uint32_t n)
{
	const struct slot *s = slot_at(n);
	uint8_t flags = s->frame ? pages[s->frame].pp_flags : 0;

	if (s->count != entries[n])
		fail(call, "a slot counts the entries that name it",
		     "their number", "slot %u: %u, not %u", n, s->count,
		     entries[n]);
	if (!s->frame || (flags & PP_BUSY))
		return;
	if (!(flags & PP_PAGED) || resident_at(s->frame)->home_is_file
	    || resident_at(s->frame)->home != n)
		fail(call, "a slot's frame has its contents",
		     "that is its home", "slot %u: frame 0x%x, flags %u", n,
		     s->frame, flags);
}

static UNCHECKED void
check_slots(void)
{
	uint32_t n, used = 0, free = 0, bad = 0;

	for (n = 1; n < config.slots; n++) {
		is_free[n] = slot_at(n)->count >= SLOT_FREE;
		if (is_free[n] || slot_at(n)->count == SLOT_BAD) {
			free += is_free[n];
			bad += !is_free[n];
			if (entries[n])
				fail(call, "a slot that is named is in use",
				     "in use", "slot %u is not", n);
			continue;
		}
		check_slot(n);
		used += slot_at(n)->count || slot_at(n)->frame;
	}
	if (free != slots_free || bad != slots_bad
	    || used + free + bad != slots_total)
		fail(call, "a slot is free, in use or bad", "all of them",
		     "%u free (%u), %u used, %u bad, of %u", free, slots_free,
		     used, slots_bad, slots_total);
}

static UNCHECKED void
check_transfers(void)
{
	uint32_t n, busy = 0;

	for (n = 0; n < npages; n++) {
		busy += (pages[n].pp_flags & PP_BUSY) != 0;
		if (pages[n].pp_flags && pages[n].pp_state != PG_USED)
			fail(call, "only used frames have flags", "none",
			     "frame 0x%x has %u", n, pages[n].pp_flags);
	}
	if (busy != swapio_reads + swapio_writes
	    || (busy != 0) != (active != NULL))
		fail(call, "frames in transfers are marked", "as many",
		     "%u, not %u + %u", busy, swapio_reads, swapio_writes);
}

/* Those who wait for a page wait for a transfer. */
static void
check_waiting(void)
{
	const struct task *t;
	uint32_t frame;

	for (t = model.task; t < model.task + SLOTS; t++) {
		if (t->status == ENV_FREE || t->waiting != FOR_PAGE)
			continue;
		frame = slot_at(t->of)->frame;
		if (is_free[t->of] || !frame
		    || !(pages[frame].pp_flags & PP_FILLING))
			fail(call, "who waits for a page waits for a read",
			     "one under way", "none of slot %u, in %08x",
			     t->of, t->id);
	}
}

void
paging_compare(const char *after)
{
	call = after;
	split_file_pages();
	check_pages();
	check_ring();
	check_transfers();
	check_slots();
	check_waiting();
}

void
paging_compare_end(void)
{
	uint32_t i;

	call = "the end";
	paging_compare(call);
	if (resident_count || active || slots_free + slots_bad != slots_total)
		fail(call, "slots after are slots before", "all are free",
		     "%u of %u, %u bad; %u frames in the ring", slots_free,
		     slots_total, slots_bad, resident_count);
	for (i = 0; i < npages; i++)
		if (pages[i].pp_flags)
			fail(call, "no frame has flags", "0", "%u",
			     pages[i].pp_flags);
}

/* --- Failing for lack of memory -------------------------------------------- */

/* Set *arg to all bits that an entry has. */
static void
add_bits(pte_t *pte, uint32_t where, void *arg)
{
	(void)where;
	*(uint32_t *)arg |= *pte;
}

/* True if the page in frame n could leave memory now. */
static bool
could_leave(uint32_t n)
{
	const struct resident *r = resident_at(n);
	uint32_t bits = 0, m, i;

	if ((pages[n].pp_flags & PP_BUSY) || kernel_swap_pinned(n))
		return false;
	mappers_visit(maps_frame(n), r->where, pages[n].pp_ref, add_bits,
		      &bits);
	if ((r->home || r->home_is_file) && !(bits & PTE_D)
	    && !(pages[n].pp_flags & PP_DIRTY)
	    && !(r->home_is_file && (bits & PTE_W)
		 && (pages[n].pp_ref > 1 || (bits & PTE_SHARE))))
		return true;
	if (slots_free || (!r->home_is_file && r->home))
		return true;
	/* Another page in memory may have a slot that it can do without. */
	for (i = 0, m = resident_hand; i < resident_count;
	     i++, m = resident_at(m)->next)
		if (!resident_at(m)->home_is_file && resident_at(m)->home
		    && !(pages[m].pp_flags & PP_BUSY))
			return true;
	return false;
}

/* A frame that will be free when its page is written, or could be; or 0. */
static uint32_t
frame_to_free(void)
{
	uint32_t i, n;

	for (n = 0; n < npages; n++)
		if ((pages[n].pp_flags & (PP_BUSY | PP_PAGED | PP_FILLING))
		    == PP_BUSY)
			return n;

	for (i = 0, n = resident_hand; i < resident_count;
	     i++, n = resident_at(n)->next)
		if (could_leave(n))
			return n;
	return 0;
}

bool
paging_can_have_frame(void)
{
	return page_free_list || frame_to_free();
}

void
paging_no_memory(const char *what)
{
	if (swap_on && frame_to_free())
		fail(what, "fails only if no page can leave memory",
		     "none that can, none on its way", "frame 0x%x of %u",
		     frame_to_free(), resident_count);
}

void
paging_lost(uint32_t slot)
{
	int i;

	for (i = 0; i < PAGES; i++)
		if (model.page[i].used && model.page[i].in_slot == slot
		    && model.page[i].lost)
			return;
	fail("a page", "is lost only if it could not be read", "a page",
	     "slot %u has no unreadable page", slot);
}

/* --- The program's file ---------------------------------------------------- */

extern struct model_file {
	char bytes[256];
} model_file;

const struct program programs[] = {
	{ .name = "another" },
	{ .name = "program", .start = (const char *)&model_file,
	  .end = (const char *)(&model_file + 1) },
	{ .name = NULL }
};
