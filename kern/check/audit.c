/*
 * The audit: recompute the invariants from the tables alone.
 *
 *   F1  each frame is in one state; the free list holds exactly the free ones
 *   F2  a used frame's count is the number of entries that map it, in all
 *       directories, plus the directory entries that use it as a table
 *   F3  reserved and absent memory is never free; all other RAM is
 *   M1  users reach nothing at or above ULIM, and write nothing above UTOP
 *   M2  text and constants are never writable; stack gaps are not mapped
 *   M3  the directory shows itself at UVPT
 *   MAP the kernel's window and its stacks are as in the diagram
 *   Q1  each environment is in the queue that its status and its wait call
 *       for, and in no other; those that sleep are sorted
 *   Q2  one that waits is not runnable, and what it waits for exists
 *   S1  a slot of the swap area is free, or counted by exactly the entries that
 *       name it, or the home of one frame; the ring has exactly the frames that
 *       may leave memory, and knows their entries
 *
 * Shares no code with page.c and pmap.c. (T1, the order of unmapping, leaves no
 * trace in tables; checks test it. They test E1, too.)
 *
 * Of a foreign kernel (FOREIGN), only the public interface is audited.
 *
 * A used frame without mappings and with count 0 is held by its owner, which is
 * allowed.
 */

#include <inc/stdio.h>
#include <inc/string.h>
#include <inc/x86.h>
#include <kern/check/audit.h>
#include <kern/check/audit_rules.h>
#include <kern/check/expect.h>
#include <kern/check/free_list.h>
#include <kern/check/interface.h>
#include <kern/check/ram.h>
#if !FOREIGN
#include <kern/check/own/audit_queue.h>
#include <kern/check/own/audit_swap.h>
#include <kern/env.h>
#endif
#include <kern/sections.h>
#include <kern/vmwalk.h>

/* The number of violations printed for each rule. */
#define MAX_PRINTED	5

#define NFRAMES		(KERNWINSIZE / PGSIZE)

/* The number of entries that refer to each frame. */
static uint16_t found[NFRAMES];

/* The frames on the free list, one bit each. */
static uint32_t listed[NFRAMES / 32];

static const char *const rule_names[NRULES] = {
	"F1", "F2", "F3", "M1", "M2", "M3", "MAP", "Q1", "Q2", "S1",
};

/* Violations of each rule: now, and at audit_known. */
static int broken[NRULES], known[NRULES];

/*
 * Print nothing. more_buf gets the first violation that is not known, and then
 * becomes NULL.
 */
static bool quiet;
static char *more_buf;
static size_t more_size;

void
complain(enum rule rule, const char *fmt, ...)
{
	va_list ap;
	int n;

	broken[rule]++;
	va_start(ap, fmt);
	if (!quiet && broken[rule] <= MAX_PRINTED) {
		cprintf("audit: %s: ", rule_names[rule]);
		vcprintf(fmt, ap);
		cprintf("\n");
	} else if (more_buf && broken[rule] > known[rule]) {
		n = snprintf(more_buf, more_size, "%s: ", rule_names[rule]);
		vsnprintf(more_buf + n, more_size - n, fmt, ap);
		more_buf = NULL;
	}
	va_end(ap);
}

int
audit_total(void)
{
	int i, sum = 0;

	for (i = 0; i < NRULES; i++)
		sum += broken[i];
	return sum;
}

static void
begin(bool wants_quiet, char *buf, size_t size)
{
	memset(broken, 0, sizeof(broken));
	quiet = wants_quiet;
	more_buf = buf;
	more_size = size;
}

static bool
is_listed(ppn_t n)
{
	return listed[n / 32] >> n % 32 & 1;
}

/* Our own frames have a state. */
static bool
is_used(ppn_t n)
{
	return FOREIGN ? found[n] && !is_listed(n)
		: pages[n].pp_state == PG_USED;
}

/* --- Frames ------------------------------------------------------------ */

static void
read_free_list(void)
{
	const struct PageInfo *stop;

	memset(listed, 0, sizeof(listed));
	list_mark(page_free_list, listed, &stop);
	if (is_frame(stop))
		complain(F1, "the free list is circular");
	else if (stop)
		complain(F1, "the free list contains %p, not a frame",
			 (const void *)stop);
}

/* Our own frames: true if all 32 from n on are sound, and in the same state. */
static bool
alike_and_sound(ppn_t n)
{
	const struct PageInfo *pp = &pages[n];
	uint32_t on = listed[n / 32], may = ram_may32(n / 32);
	uint32_t state = on ? PG_FREE : may ? PG_USED : PG_RESERVED;
	uint32_t differs = 0, counts = 0, i;

	if (n % 32 || n + 32 > npages || (may && may != UINT32_MAX)
	    || (on && (on != UINT32_MAX || !may)))
		return false;
	UNROLL(8)
	for (i = 0; i < 32; i++) {
		differs |= pp[i].pp_state ^ state;
		counts |= pp[i].pp_ref ^ found[n + i];
	}
	/* A free frame has no count: then nothing refers to it, either. */
	for (i = 0; on && i < 32; i++)
		counts |= pp[i].pp_ref;
	return !differs && (!counts || !may);
}

static void
audit_frame(ppn_t n)
{
	uint32_t state = pages[n].pp_state, count = pages[n].pp_ref;
	bool on = is_listed(n);

	if (on && count)
		complain(F1, "frame 0x%08x is on the free list with count %u",
			 n * PGSIZE, count);
	if (!FOREIGN && on != (state == PG_FREE))
		complain(F1, "frame 0x%08x is %s the free list, but its state"
			 " is %u", n * PGSIZE, on ? "on" : "not on", state);
	if (on && !ram_may(n))
		complain(F3, "frame 0x%08x is free, but %s", n * PGSIZE,
			 ram_why_not(n));
	else if (!FOREIGN && ram_may(n) != (state != PG_RESERVED))
		complain(F3, "frame 0x%08x %s", n * PGSIZE, ram_may(n)
			 ? "is normal RAM, but reserved"
			 : "is reserved memory, but not marked so");
	if (is_used(n) ? count != found[n] : on && found[n])
		complain(F2, "%s frame 0x%08x has count %u, but %u entries"
			 " refer to it", is_used(n) ? "used" : "free",
			 n * PGSIZE, count, found[n]);
}

void
audit_count(uint32_t entry)
{
	if ((entry & PTE_P) && PGNUM(entry) < npages)
		found[PGNUM(entry)]++;
}

/*
 * Count references in the kernel's directory. Below UTOP, where page_insert
 * works, entries of tables count; above it boot_map_region maps without
 * counting. Tables count everywhere; environments share those above UTOP.
 */
static void
count_directory(const pde_t *pgdir)
{
	struct vm_walk w;
	uint32_t i, j;

	for (i = 0; i < NPDENTRIES; i++) {
		if (i == PDX(UVPT) || (pgdir[i] & (PTE_P | PTE_PS)) != PTE_P)
			continue;
		audit_count(pgdir[i]);
		vm_walk(pgdir, i << PDXSHIFT, &w);
		for (j = 0; i < PDX(UTOP) && w.ptep && j < NPTENTRIES; j++)
			audit_count(w.ptep[j]);
	}
}

static void
audit_frames(void)
{
	ppn_t n;

	read_free_list();
	memset(found, 0, npages * sizeof(found[0]));
	count_directory(kern_pgdir);
#if !FOREIGN
	/* Counts references, too. */
	audit_swap_begin();
	audit_envs();
	audit_swap_end();
	audit_queues();
#endif
	for (n = 0; n < npages; n++)
		if (!FOREIGN && alike_and_sound(n))
			n += 31;
		else
			audit_frame(n);
}

/* --- Tables ------------------------------------------------------------ */

void
audit_range(const struct vm_range *r)
{
	uint32_t va = PGNUM(r->va), text = PGNUM(PADDR(stext));
	uint32_t ntext = PGNUM(PADDR(erodata)) - text;

	uintptr_t last = r->va + (r->npages - 1) * PGSIZE;

	if (last >= ULIM && (r->flags & PTE_U))
		complain(M1, "users reach 0x%08x",
			 MAX(r->va, (uintptr_t)ULIM));
	if (last >= UTOP && (r->flags & PTE_U) && (r->flags & PTE_W))
		complain(M1, "users write 0x%08x, above UTOP",
			 MAX(r->va, (uintptr_t)UTOP));
	if (!FOREIGN && (r->flags & PTE_W)
	    && overlap(PGNUM(r->pa), r->npages, text, ntext))
		complain(M2, "kernel text or constants are writable in the"
			 " %u pages at 0x%08x", r->npages, r->va);
	if (overlap(va, r->npages, PGNUM(KSTACKTOP - KSTKSIZE - KSTKGAP),
		    PGNUM(KSTKGAP)))
		complain(M2, "the gap below the kernel stack is mapped, from"
			 " 0x%08x", r->va);
	if (!FOREIGN && overlap(va, r->npages, PGNUM(MMIOLIM), PGNUM(KSTKGAP)))
		complain(M2, "the gap below the double fault's stack is mapped,"
			 " from 0x%08x", r->va);
}

/* True if the range shows envs or pages: users see nothing else there. */
static bool
is_shown(const struct vm_range *r)
{
	const struct {
		uintptr_t va;
		const void *what;
		size_t size;
	} shown[] = {
		{ UPAGES, pages, npages * sizeof(pages[0]) },
#if !FOREIGN
		{ UENVS, envs, NENV * sizeof(envs[0]) },
#endif
	}, *s;

	for (s = shown; s < shown + ARRAY_SIZE(shown); s++)
		if (r->va >= s->va && r->pa == PADDR(s->what) + (r->va - s->va)
		    && r->va + r->npages * PGSIZE
		    <= s->va + ROUNDUP(s->size, PGSIZE))
			return true;
	return FOREIGN;
}

void
audit_windows(const pde_t *pgdir)
{
	uint32_t page = PGNUM(UENVS);
	struct vm_range r;

	while (vm_next_range(pgdir, &page, PGNUM(UVPT), &r))
		if (!is_shown(&r))
			complain(M1, "users see 0x%08x at 0x%08x", r.pa,
				 r.va);
	if (PTE_ADDR(pgdir[PDX(UVPT)]) != PADDR(pgdir)
	    || (pgdir[PDX(UVPT)] & (PTE_P | PTE_W | PTE_U)) != (PTE_P | PTE_U))
		complain(M3, "the entry for UVPT is 0x%08x, the directory at"
			 " 0x%08x", pgdir[PDX(UVPT)], PADDR(pgdir));
}

/* Check that the kernel sees physical memory from pa on at [va, va + size). */
static void
audit_region(const pde_t *pgdir, uintptr_t va, size_t size, physaddr_t pa)
{
	struct vm_walk w;
	uint32_t i;

	for (i = 0; i < size / PGSIZE; i++) {
		vm_walk(pgdir, va + i * PGSIZE, &w);
		if (!w.mapped || w.pa != pa + i * PGSIZE) {
			complain(MAP, "0x%08x %s 0x%08x, should show 0x%08x",
				 va + i * PGSIZE, w.mapped ? "shows"
				 : "is not mapped:", w.pa, pa + i * PGSIZE);
			/* A foreign kernel has nothing there at first. */
			if (FOREIGN)
				return;
		}
		/* The rest of a large page continues it. */
		if (w.large)
			i |= NPTENTRIES - 1;
	}
}

/* Check permissions and mappings in the tables. */
static void
audit_tables(const pde_t *pgdir)
{
	struct vm_range r;
	uint32_t page = 0;

	while (vm_next_range(pgdir, &page, 1 << 20, &r))
		audit_range(&r);
	audit_windows(pgdir);
	audit_region(pgdir, KERNBASE, FOREIGN ? npages * PGSIZE : KERNWINSIZE,
		     0);
	if (FOREIGN)
		return;
	audit_region(pgdir, KSTACKTOP - KSTKSIZE, KSTKSIZE, PADDR(bootstack));
	audit_region(pgdir, DFSTACKTOP - KSTKSIZE, KSTKSIZE, PADDR(df_stack));
}

/* A checksum of the tables. */
static uint32_t
sum_tables(const pde_t *pgdir)
{
	const uint32_t unseen = PTE_A | PTE_D;
	uint32_t i, j, sum = 0;
	struct vm_walk w;

	for (i = 0; i < NPDENTRIES; i++) {
		sum = sum * 31 + (pgdir[i] & ~unseen);
		vm_walk(pgdir, i << PDXSHIFT, &w);
		for (j = 0; w.ptep && i != PDX(UVPT) && j < NPTENTRIES; j++)
			sum = sum * 31 + (w.ptep[j] & ~unseen);
	}
	return sum;
}

/* True if more_buf is to get one of these violations. */
static bool
may_be_told(const int faults[NRULES])
{
	int i;

	for (i = 0; more_buf && i < NRULES; i++)
		if (faults[i] && broken[i] + faults[i] > known[i])
			return true;
	return false;
}

/*
 * Unchanged tables have the same violations as before. Audit them again only if
 * one of those may have to be reported.
 */
static void
audit_tables_if_changed(const pde_t *pgdir)
{
	static uint32_t last_sum;
	static int faults[NRULES];
	static bool summed;
	uint32_t sum = sum_tables(pgdir);
	int i, before[NRULES];

	if (summed && sum == last_sum && !may_be_told(faults)) {
		for (i = 0; i < NRULES; i++)
			broken[i] += faults[i];
		return;
	}
	memcpy(before, broken, sizeof(before));
	audit_tables(pgdir);
	for (i = 0; i < NRULES; i++)
		faults[i] = broken[i] - before[i];
	summed = true;
	last_sum = sum;
}

void
audit_begin(void)
{
	begin(false, NULL, 0);
}

int
audit(void)
{
	audit_begin();
	audit_frames();
	audit_tables(kern_pgdir);
	return audit_total();
}

/*
 * At boot no directory has this many tables below UTOP: it is not a directory.
 */
#define MANY_TABLES	256

bool
audit_possible(void)
{
	uint32_t i, n = 0;

	for (i = 0; FOREIGN && i < PDX(UTOP); i++)
		n += (kern_pgdir[i] & (PTE_P | PTE_PS)) == PTE_P;
	return n < MANY_TABLES;
}

void
audit_known(void)
{
	begin(true, NULL, 0);
	audit_frames();
	audit_tables_if_changed(kern_pgdir);
	memcpy(known, broken, sizeof(known));
}

bool
audit_finds_more(char *buf, size_t size)
{
	begin(true, buf, size);
	audit_frames();
	audit_tables_if_changed(kern_pgdir);
	return more_buf == NULL;
}
